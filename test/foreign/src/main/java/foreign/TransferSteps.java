package foreign;

import java.util.Map;

final class TransferSteps {
  private final Shop shop;
  private final Controls sandbox;

  TransferSteps(Shop shop, Controls sandbox) {
    this.shop = shop;
    this.sandbox = sandbox;
  }

  void addTo(Map<String, Main.Step> steps) {
    steps.put("transfer: state 1, then 2", this::transfer);
    steps.put("transfer by an unsupported channel or entry type: refused", this::refusals);
  }

  private void transfer() throws Exception {
    var transfer = shop.transfer("transfer", "alipay", "ALIPAY_CASH");
    var data = Check.succeeded(shop.create(transfer), shop.secret).get();
    Check.equal("mchOrderNo", data.getMchOrderNo(), "transfer");
    Check.equal("amount", data.getAmount(), Shop.AMOUNT);
    Check.equal("accountNo", data.getAccountNo(), transfer.getAccountNo());
    Check.equal("state", data.getState(), 1);

    sandbox.succeedTransfer("transfer");
    var queried = Check.succeeded(shop.queryTransfer("transfer"), shop.secret).get();
    Check.equal("transferId", queried.getTransferId(), data.getTransferId());
    Check.equal("accountName", queried.getAccountName(), "张三");
    Check.equal("state", queried.getState().intValue(), 2);
    Check.that(queried.getSuccessTime() != null, "successTime is missing");
    Check.refused(shop.create(transfer), "商户订单[transfer]已存在", shop.secret);
  }

  private void refusals() throws Exception {
    Check.refused(shop.create(shop.transfer("t", "plspay", "ALIPAY_CASH")), "无此转账通道接口", shop.secret);
    Check.refused(shop.create(shop.transfer("t", "wxpay", "WX_CASH")), "应用未开通此接口配置!", shop.secret);
    Check.refused(shop.create(shop.transfer("t", "alipay", "BANK_CARD")), "该接口不支持该入账方式", shop.secret);
    Check.refused(shop.queryTransfer("t"), "订单不存在", shop.secret);
  }
}
