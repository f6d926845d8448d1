/** The parameters of the documented table that the merchant gives, with the table's own examples. */
export const DOCUMENTED_ORDER = {
  mchOrderNo: '20160427210604000490',
  amount: 100,
  currency: 'cny',
  registerTime: 1622016572190,
  custNo: 'C200492312',
  wayCode: 'ALI_QR',
  subject: '商品',
  body: '0',
  userName: '张三',
  mbrTel: '13812341234',
  idNo: '320681198603213312',
  notifyUrl: 'https://www.yourserver.com/notify.htm',
  returnUrl: 'https://www.yourserver.com/return.htm',
  expiredTime: 3600,
  extParam: '134586944573118714',
};
