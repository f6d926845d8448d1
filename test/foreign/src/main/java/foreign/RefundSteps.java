package foreign;

import com.jeequan.jeepay.response.RefundOrderCreateResponse;
import java.util.Map;

final class RefundSteps {
  private static final String WRONG_STATE = "订单状态不正确， 无法完成退款";

  private final Shop shop;
  private final Controls sandbox;

  RefundSteps(Shop shop, Controls sandbox) {
    this.shop = shop;
    this.sandbox = sandbox;
  }

  void addTo(Map<String, Main.Step> steps) {
    steps.put("refund in parts, one at a time: state 5 once nothing is left", this::inParts);
    steps.put("refund by payOrderId; a new refund after a failed one", this::failed);
    steps.put("refund too much, twice, or of an unpaid or unknown order: refused", this::refusals);
  }

  private void inParts() throws Exception {
    paid("parts");
    var first = Check.succeeded(refund("parts-1", "parts", 3_000), shop.secret).get();
    Check.equal("mchRefundNo", first.getMchRefundNo(), "parts-1");
    Check.equal("state", first.getState(), 1);
    Check.equal("payAmount", first.getPayAmount(), Shop.AMOUNT);
    Check.equal("refundAmount", first.getRefundAmount(), 3_000L);
    Check.equal("state of the refund", shop.queriedRefund("parts-1").getState(), (byte) 1);
    Check.refused(refund("parts-2", "parts", 1), "支付订单具有在途退款申请，请稍后再试", shop.secret);

    sandbox.succeedRefund("parts-1");
    var refunded = shop.queriedRefund("parts-1");
    Check.equal("state of the refund", refunded.getState(), (byte) 2);
    Check.equal("payOrderId", refunded.getPayOrderId(), shop.queried("parts").getPayOrderId());
    Check.equal("refundAmount", refunded.getRefundAmount(), 3_000L);
    Check.equal("currency", refunded.getCurrency(), "cny");
    Check.that(refunded.getSuccessTime() != null, "successTime is missing");
    var byId = Check.succeeded(shop.queryRefund(null, first.getRefundOrderId()), shop.secret).get();
    Check.equal("mchRefundNo by refundOrderId", byId.getMchRefundNo(), "parts-1");
    Check.equal("state of the order", shop.queried("parts").getState(), 2);

    Check.succeeded(refund("parts-2", "parts", Shop.AMOUNT - 3_000), shop.secret);
    Check.equal("state of the order", shop.queried("parts").getState(), 2);
    sandbox.succeedRefund("parts-2");
    Check.equal("state of the order", shop.queried("parts").getState(), 5);
    Check.refused(refund("parts-3", "parts", 1), WRONG_STATE, shop.secret);
  }

  private void failed() throws Exception {
    String payOrderId = paid("failed");
    var refund = shop.refund("failed-1", null, Shop.AMOUNT);
    refund.setPayOrderId(payOrderId);
    Check.succeeded(shop.create(refund), shop.secret);
    sandbox.failRefund("failed-1");
    var failed = shop.queriedRefund("failed-1");
    Check.equal("state of the refund", failed.getState(), (byte) 3);
    Check.that(failed.getErrMsg() != null, "errMsg is missing");
    Check.equal("successTime", failed.getSuccessTime(), null);
    Check.equal("state of the order", shop.queried("failed").getState(), 2);

    Check.succeeded(refund("failed-2", "failed", Shop.AMOUNT), shop.secret);
    sandbox.succeedRefund("failed-2");
    Check.equal("state of the order", shop.queried("failed").getState(), 5);
  }

  private void refusals() throws Exception {
    paid("refused");
    Check.refused(refund("r", "refused", Shop.AMOUNT + 1), "申请金额超出订单可退款余额，请检查退款金额", shop.secret);
    Check.refused(refund("r", "refused", 0), "退款金额请大于1分", shop.secret);
    Check.succeeded(refund("r", "refused", 1), shop.secret);
    sandbox.succeedRefund("r");
    Check.refused(refund("r", "refused", 1), "商户退款订单号[r]已存在", shop.secret);

    shop.created(shop.order("unpaid", "ALI_QR"));
    Check.refused(refund("u", "unpaid", 1), WRONG_STATE, shop.secret);
    Check.refused(refund("u", "unknown", 1), "退款订单不存在", shop.secret);
    Check.refused(shop.queryRefund("u", null), "订单不存在", shop.secret);
  }

  private String paid(String mchOrderNo) throws Exception {
    String payOrderId = shop.created(shop.order(mchOrderNo, "ALI_QR"));
    sandbox.pay(mchOrderNo);
    return payOrderId;
  }

  private RefundOrderCreateResponse refund(String mchRefundNo, String mchOrderNo, long amount) throws Exception {
    return shop.create(shop.refund(mchRefundNo, mchOrderNo, amount));
  }
}
