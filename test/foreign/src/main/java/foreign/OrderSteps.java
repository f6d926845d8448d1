package foreign;

import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONObject;
import com.jeequan.jeepay.response.PayOrderQueryResponse;
import java.util.Map;

/** Creating, querying and paying. */
final class OrderSteps {
  private final Shop shop;
  private final Controls sandbox;

  OrderSteps(Shop shop, Controls sandbox) {
    this.shop = shop;
    this.sandbox = sandbox;
  }

  void addTo(Map<String, Main.Step> steps) {
    steps.put("create ALI_QR: a codeUrl", () -> create("ALI_QR", null, 1, "codeUrl"));
    steps.put("create ALI_WAP: a payurl", () -> create("ALI_WAP", null, 1, "payurl"));
    steps.put("create WX_NATIVE: a codeUrl", () -> create("WX_NATIVE", null, 1, "codeUrl"));
    steps.put("create WX_JSAPI with an openid: a wxapp", () -> create("WX_JSAPI", "{\"openid\":\"o1\"}", 1, "wxapp"));
    steps.put("create ALI_BAR with an authCode: none", () -> create("ALI_BAR", "{\"authCode\":\"28763\"}", 1, "none"));
    steps.put("create QR_CASHIER: state 0, a payurl", () -> create("QR_CASHIER", null, 0, "payurl"));
    steps.put("create ALI_BAR, paid at once: state 2", this::paidAtOnce);
    steps.put("query by mchOrderNo, by payOrderId and as a signed link", this::query);
    steps.put("special characters and a large amount: echoed and signed", this::echo);
    steps.put("pay: state 2 with successTime and channelOrderNo", this::pay);
  }

  private void create(String wayCode, String channelExtra, int state, String payDataType) throws Exception {
    var order = shop.order("create-" + wayCode, wayCode);
    order.setChannelExtra(channelExtra);
    var data = Check.succeeded(shop.create(order), shop.secret).get();
    Check.equal("mchOrderNo", data.getMchOrderNo(), order.getMchOrderNo());
    Check.equal("orderState", data.getOrderState(), state);
    Check.equal("payDataType", data.getPayDataType(), payDataType);
    Check.equal("errCode", data.getErrCode(), null);
    switch (payDataType) {
      case "none" -> Check.equal("payData", data.getPayData(), "");
      case "wxapp" -> Check.that(JSON.parseObject(data.getPayData()).containsKey("package"), "payData has no package");
      default -> Check.that(data.getPayData().startsWith(shop.baseUrl), "payData is %s", data.getPayData());
    }

    var queried = shop.queried(order.getMchOrderNo());
    Check.equal("payOrderId", queried.getPayOrderId(), data.getPayOrderId());
    Check.equal("wayCode", queried.getWayCode(), wayCode);
    Check.equal("state", queried.getState(), state);
    Check.equal("successTime", queried.getSuccessTime(), null);
    // The payer chooses the channel on the cashier page.
    Check.equal("whether ifCode is set", queried.getIfCode() != null, !wayCode.equals("QR_CASHIER"));
  }

  private void paidAtOnce() throws Exception {
    var order = shop.order("paid-at-once", "ALI_BAR");
    order.setChannelExtra("{\"authCode\":\"28763443825664394\"}");
    sandbox.inject("upstream", order.getMchOrderNo(), new JSONObject().fluentPut("result", "paid"));
    var data = Check.succeeded(shop.create(order), shop.secret).get();
    Check.equal("orderState", data.getOrderState(), 2);
    Check.equal("state", shop.queried(order.getMchOrderNo()).getState(), 2);
  }

  private void query() throws Exception {
    String payOrderId = shop.created(shop.order("query", "ALI_QR"));
    JSONObject byNumber = Check.succeeded(shop.query("query", null), shop.secret).getData();
    JSONObject byId = Check.succeeded(shop.query(null, payOrderId), shop.secret).getData();
    Check.equal("the order by payOrderId", byId, byNumber);
    var byLink = JSON.parseObject(sandbox.get(shop.queryUrl("query")), PayOrderQueryResponse.class);
    Check.equal("the order by the signed link", Check.succeeded(byLink, shop.secret).getData(), byNumber);
    Check.equal("mchNo", byNumber.get("mchNo"), shop.mchNo);
    Check.equal("appId", byNumber.get("appId"), shop.appId);
    Check.equal("mchOrderNo", byNumber.get("mchOrderNo"), "query");
    Check.equal("payOrderId", byNumber.get("payOrderId"), payOrderId);
    Check.equal("amount", byNumber.getLong("amount"), Shop.AMOUNT);
    Check.equal("currency", byNumber.get("currency"), "cny");
    Check.equal("clientIp", byNumber.get("clientIp"), "211.94.116.218");
    Check.that(byNumber.getLong("createdAt") % 1_000 == 0, "createdAt has no whole seconds");
  }

  private void echo() throws Exception {
    var order = shop.order("echo", "WX_H5");
    order.setAmount(5_000_000_000L);
    order.setSubject("雨伞 \"50%\" \\ / <b> ' = ; # ? 😀");
    order.setBody("第一行\n第二行\t(完)");
    order.setExtParam(" {\"a\":[1,null]} ");
    order.setReturnUrl("https://shop.example.com/回来?a=1");
    order.setExpiredTime("3600");
    order.setDivisionMode((byte) 0);
    shop.created(order);
    var queried = shop.queried("echo");
    Check.equal("amount", queried.getAmount(), order.getAmount());
    Check.equal("subject", queried.getSubject(), order.getSubject());
    Check.equal("body", queried.getBody(), order.getBody());
    Check.equal("extParam", queried.getExtParam(), order.getExtParam());
  }

  private void pay() throws Exception {
    shop.created(shop.order("pay", "ALI_QR"));
    sandbox.pay("pay");
    var queried = shop.queried("pay");
    Check.equal("state", queried.getState(), 2);
    Check.that(queried.getChannelOrderNo() != null, "channelOrderNo is missing");
    Check.that(queried.getSuccessTime() != null, "successTime is missing");
    Check.equal("the milliseconds of successTime", queried.getSuccessTime() % 1_000, 0L);
    Check.that(queried.getSuccessTime() >= queried.getCreatedAt(), "successTime is before createdAt");
  }
}
