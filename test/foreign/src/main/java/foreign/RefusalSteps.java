package foreign;

import com.alibaba.fastjson.JSONObject;
import com.jeequan.jeepay.exception.InvalidRequestException;
import com.jeequan.jeepay.model.DivisionReceiverBindReqModel;
import com.jeequan.jeepay.model.PayOrderDivisionExecReqModel;
import com.jeequan.jeepay.request.DivisionReceiverBindRequest;
import com.jeequan.jeepay.request.PayOrderDivisionExecRequest;
import java.util.Map;

/** What the gateway refuses, and the forged response that the SDK must reject. */
final class RefusalSteps {
  private final Shop shop;
  private final Controls sandbox;

  RefusalSteps(Shop shop, Controls sandbox) {
    this.shop = shop;
    this.sandbox = sandbox;
  }

  void addTo(Map<String, Main.Step> steps) {
    steps.put("duplicate mchOrderNo: refused, in either case", this::duplicate);
    steps.put("wrong secret: refused, and nothing is created", this::wrongSecret);
    steps.put("unknown app or merchant: refused", this::unknownMerchant);
    steps.put("unknown way code: refused", this::unknownWayCode);
    steps.put("missing or invalid field: refused, with the reason", this::missingFields);
    steps.put("query of an unknown order, or without a number: refused", this::unknownOrder);
    steps.put("unknown path: the SDK reads status, error and path", this::unknownPath);
    steps.put("response with a wrong signature: the SDK rejects it", this::wrongResponseSignature);
    steps.put("division, which no channel supports: refused after the signature check", this::division);
  }

  private void duplicate() throws Exception {
    shop.created(shop.order("taken", "ALI_QR"));
    Check.refused(shop.create(shop.order("taken", "ALI_QR")), "商户订单[taken]已存在", shop.secret);
    Check.refused(shop.create(shop.order("TAKEN", "ALI_WAP")), "商户订单[TAKEN]已存在", shop.secret);
  }

  private void wrongSecret() throws Exception {
    Shop stranger = shop.withSecret(shop.secret + "x");
    Check.refused(stranger.create(stranger.order("stranger", "ALI_QR")), "验签失败", stranger.secret);
    Check.refused(shop.query("stranger", null), "订单不存在", shop.secret);
  }

  private void unknownMerchant() throws Exception {
    var order = shop.order("nobody", "ALI_QR");
    order.setAppId("no-such-app");
    Check.refused(shop.create(order), "商户或商户应用不存在", shop.secret);
    order.setAppId(shop.appId);
    order.setMchNo("no-such-merchant");
    Check.refused(shop.create(order), "商户或商户应用不存在", shop.secret);
  }

  private void unknownWayCode() throws Exception {
    Check.refused(shop.create(shop.order("way", "NO_SUCH_WAY")), "不支持的支付方式", shop.secret);
  }

  private void missingFields() throws Exception {
    var order = shop.order("missing", "ALI_QR");
    order.setSubject(null);
    Check.refused(shop.create(order), "商品标题不能为空", shop.secret);
    order.setSubject(" ");
    Check.refused(shop.create(order), "商品标题不能为空", shop.secret);
    order.setSubject("商品");
    order.setAmount(0L);
    Check.refused(shop.create(order), "支付金额不能为空", shop.secret);
    order.setAmount(1L);
    order.setNotifyUrl("ftp://shop.example.com");
    Check.refused(shop.create(order), "异步通知地址协议仅支持http:// 或 https:// !", shop.secret);
    order.setNotifyUrl(null);
    order.setWayCode("WX_JSAPI");
    Check.refused(shop.create(order), "[openid]不可为空", shop.secret);
    order.setWayCode("ALI_BAR");
    Check.refused(shop.create(order), "用户支付条码[authCode]不可为空", shop.secret);
  }

  private void unknownOrder() throws Exception {
    Check.refused(shop.query("no-such-order", null), "订单不存在", shop.secret);
    Check.refused(shop.query(null, null), "mchOrderNo 和 payOrderId不能同时为空", shop.secret);
  }

  private void unknownPath() throws Exception {
    try {
      shop.at(shop.baseUrl + "//").query("any", null);
      throw new AssertionError("the doubled slash was accepted");
    } catch (InvalidRequestException refusal) {
      Check.equal("HTTP status", refusal.getStatusCode(), 404);
      Check.equal("message", refusal.getMessage(), "404, Not Found, //api/pay/query");
    }
  }

  private void wrongResponseSignature() throws Exception {
    shop.created(shop.order("forged", "ALI_QR"));
    sandbox.inject("bad-signature", "forged", new JSONObject());
    var forged = shop.query("forged", null);
    Check.equal("code", forged.getCode(), 0);
    Check.equal("checkSign", forged.checkSign(shop.secret), false);
    Check.equal("isSuccess", forged.isSuccess(shop.secret), false);
    Check.succeeded(shop.query("forged", null), shop.secret);
  }

  private void division() throws Exception {
    var receiver = new DivisionReceiverBindReqModel();
    receiver.setMchNo(shop.mchNo);
    receiver.setAppId(shop.appId);
    receiver.setIfCode("alipay");
    receiver.setReceiverGroupId(100_001L);
    receiver.setAccType((byte) 0);
    receiver.setAccNo("2088000000000000");
    receiver.setRelationType("PARTNER");
    receiver.setDivisionProfit("0.3");
    String noGroup = "商户分账账号组不存在，请检查或进入商户平台进行创建操作";
    Check.refused(shop.send(new DivisionReceiverBindRequest(), receiver), noGroup, shop.secret);

    shop.created(shop.order("division", "ALI_QR"));
    var division = new PayOrderDivisionExecReqModel();
    division.setMchNo(shop.mchNo);
    division.setAppId(shop.appId);
    division.setMchOrderNo("division");
    division.setUseSysAutoDivisionReceivers((byte) 1);
    Check.refused(shop.send(new PayOrderDivisionExecRequest(), division), "当前订单状态不支持分账", shop.secret);
  }
}
