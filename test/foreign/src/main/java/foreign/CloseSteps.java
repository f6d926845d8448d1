package foreign;

import java.util.Map;

final class CloseSteps {
  private static final String NOT_CLOSABLE = "当前订单不可关闭";

  private final Shop shop;
  private final Controls sandbox;

  CloseSteps(Shop shop, Controls sandbox) {
    this.shop = shop;
    this.sandbox = sandbox;
  }

  void addTo(Map<String, Main.Step> steps) {
    steps.put("close an order in state 0: empty data, signed; then state 6", this::closeCreated);
    steps.put("close an order in state 1: empty body, which the SDK returns as null; still state 1", this::closePaying);
    steps.put("close a paid, closed or unknown order, or none: refused", this::refusals);
  }

  private void closeCreated() throws Exception {
    shop.created(shop.order("close-0", "QR_CASHIER"));
    var response = Check.succeeded(shop.close("close-0", null), shop.secret);
    Check.that(response.getData().isEmpty(), "data is %s", response.getData());
    Check.equal("errCode", response.get().getErrCode(), null);
    Check.equal("state", shop.queried("close-0").getState(), 6);

    String payOrderId = shop.created(shop.order("close-0-by-id", "QR_CASHIER"));
    Check.succeeded(shop.close(null, payOrderId), shop.secret);
    Check.equal("state", shop.queried("close-0-by-id").getState(), 6);
  }

  private void closePaying() throws Exception {
    shop.created(shop.order("close-1", "ALI_QR"));
    Check.equal("the response", shop.close("close-1", null), null);
    Check.equal("state", shop.queried("close-1").getState(), 1);
  }

  private void refusals() throws Exception {
    shop.created(shop.order("close-6", "QR_CASHIER"));
    Check.succeeded(shop.close("close-6", null), shop.secret);
    Check.refused(shop.close("close-6", null), NOT_CLOSABLE, shop.secret);

    shop.created(shop.order("close-2", "QR_CASHIER"));
    sandbox.pay("close-2");
    Check.refused(shop.close("close-2", null), NOT_CLOSABLE, shop.secret);
    Check.equal("state", shop.queried("close-2").getState(), 2);

    Check.refused(shop.close("close-unknown", null), "订单不存在", shop.secret);
    Check.refused(shop.close(null, null), "mchOrderNo 和 payOrderId 不能同时为空", shop.secret);
  }
}
