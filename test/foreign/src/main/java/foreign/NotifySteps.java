package foreign;

import com.alibaba.fastjson.JSONObject;
import java.util.Map;

/** The gateway's notifies, verified with the SDK's signature. */
final class NotifySteps {
  private final Shop shop;
  private final Controls sandbox;

  NotifySteps(Shop shop, Controls sandbox) {
    this.shop = shop;
    this.sandbox = sandbox;
  }

  void addTo(Map<String, Main.Step> steps) {
    steps.put("payment notify: repeated with the same bytes until the answer is success", this::payment);
    steps.put("refund notify: valid signature", this::refund);
    steps.put("tampered notify: invalid signature", this::tampered);
    steps.put("closed and expired orders: no notify", this::silent);
  }

  private void payment() throws Exception {
    try (var receiver = new NotifyReceiver("fail")) {
      var order = shop.order("notified", "ALI_QR");
      order.setSubject("雨伞 50% \" = ; # ? 😀");
      order.setExtParam("{\"cart\":7}");
      order.setNotifyUrl(receiver.url());
      String payOrderId = shop.created(order);
      sandbox.pay("notified");

      var first = receiver.take();
      Check.equal("method", first.method(), "POST");
      Check.equal("URI", first.uri(), "/notify");
      Check.equal("Content-Type", first.contentType(), "application/x-www-form-urlencoded;charset=UTF-8");
      Check.that(first.isGenuine(shop.secret), "the signature is wrong: %s", first.body());
      Map<String, Object> fields = first.fields();
      Check.equal("payOrderId", fields.get("payOrderId"), payOrderId);
      Check.equal("mchNo", fields.get("mchNo"), shop.mchNo);
      Check.equal("appId", fields.get("appId"), shop.appId);
      Check.equal("mchOrderNo", fields.get("mchOrderNo"), "notified");
      Check.equal("state", fields.get("state"), "2");
      Check.equal("amount", fields.get("amount"), String.valueOf(Shop.AMOUNT));
      Check.equal("subject", fields.get("subject"), order.getSubject());
      Check.equal("extParam", fields.get("extParam"), order.getExtParam());
      Check.that(fields.containsKey("successTime") && fields.containsKey("reqTime"), "times are missing: %s", fields);

      sandbox.advance(30_000);
      Check.equal("the second notify", receiver.take(), first);
      sandbox.advance(600_000);
      Check.that(receiver.isEmpty(), "there is a notify after success");
      var attempts = sandbox.notifyAttempts("notified");
      Check.equal("number of attempts", attempts.size(), 2);
      Check.equal("acknowledgement of `fail`", attempts.getJSONObject(0).get("acknowledged"), false);
      Check.equal("acknowledgement of `success`", attempts.getJSONObject(1).get("acknowledged"), true);
    }
  }

  private void refund() throws Exception {
    try (var receiver = new NotifyReceiver()) {
      shop.created(shop.order("refund-notified", "ALI_QR"));
      sandbox.pay("refund-notified");
      var refund = shop.refund("refund-notified-1", "refund-notified", 31);
      refund.setNotifyUrl(receiver.url());
      var data = Check.succeeded(shop.create(refund), shop.secret).get();
      sandbox.succeedRefund("refund-notified-1");

      var notify = receiver.take();
      Check.that(notify.isGenuine(shop.secret), "the signature is wrong: %s", notify.body());
      Map<String, Object> fields = notify.fields();
      Check.equal("refundOrderId", fields.get("refundOrderId"), data.getRefundOrderId());
      Check.equal("mchRefundNo", fields.get("mchRefundNo"), "refund-notified-1");
      Check.equal("payAmount", fields.get("payAmount"), String.valueOf(Shop.AMOUNT));
      Check.equal("refundAmount", fields.get("refundAmount"), "31");
      Check.equal("state", fields.get("state"), "2");
    }
  }

  private void tampered() throws Exception {
    try (var receiver = new NotifyReceiver("fail")) {
      var order = shop.order("tampered", "ALI_QR");
      order.setNotifyUrl(receiver.url());
      shop.created(order);
      sandbox.inject("notify-tamper", "tampered", new JSONObject().fluentPut("field", "amount").fluentPut("value", "1"));
      sandbox.pay("tampered");
      var notify = receiver.take();
      Check.equal("amount", notify.fields().get("amount"), "1");
      Check.equal("whether the signature is right", notify.isGenuine(shop.secret), false);
      sandbox.advance(30_000);
      var repeated = receiver.take();
      Check.equal("amount", repeated.fields().get("amount"), String.valueOf(Shop.AMOUNT));
      Check.that(repeated.isGenuine(shop.secret), "the signature is wrong: %s", repeated.body());
    }
  }

  private void silent() throws Exception {
    try (var receiver = new NotifyReceiver()) {
      var closed = shop.order("silent-closed", "QR_CASHIER");
      closed.setNotifyUrl(receiver.url());
      shop.created(closed);
      Check.succeeded(shop.close("silent-closed", null), shop.secret);
      var expired = shop.order("silent-expired", "ALI_QR");
      expired.setNotifyUrl(receiver.url());
      expired.setExpiredTime("60");
      shop.created(expired);
      sandbox.advance(120_000);
      Check.equal("state of the closed order", shop.queried("silent-closed").getState(), 6);
      Check.equal("state of the expired order", shop.queried("silent-expired").getState(), 6);
      Check.that(receiver.isEmpty(), "there is a notify");
    }
  }
}
