/** What a customer fills in: data that must not turn up in any log or error. */
export const PAYER = { userName: '张三', mbrTel: '13812341234', idNo: '320681198603213312' };
