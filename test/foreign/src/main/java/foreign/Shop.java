package foreign;

import com.jeequan.jeepay.JeepayClient;
import com.jeequan.jeepay.exception.JeepayException;
import com.jeequan.jeepay.model.JeepayObject;
import com.jeequan.jeepay.model.PayOrderCloseReqModel;
import com.jeequan.jeepay.model.PayOrderCreateReqModel;
import com.jeequan.jeepay.model.PayOrderQueryReqModel;
import com.jeequan.jeepay.model.PayOrderQueryResModel;
import com.jeequan.jeepay.model.RefundOrderCreateReqModel;
import com.jeequan.jeepay.model.RefundOrderQueryReqModel;
import com.jeequan.jeepay.model.RefundOrderQueryResModel;
import com.jeequan.jeepay.model.TransferOrderCreateReqModel;
import com.jeequan.jeepay.model.TransferOrderQueryReqModel;
import com.jeequan.jeepay.request.JeepayRequest;
import com.jeequan.jeepay.request.PayOrderCloseRequest;
import com.jeequan.jeepay.request.PayOrderCreateRequest;
import com.jeequan.jeepay.request.PayOrderQueryRequest;
import com.jeequan.jeepay.request.RefundOrderCreateRequest;
import com.jeequan.jeepay.request.RefundOrderQueryRequest;
import com.jeequan.jeepay.request.TransferOrderCreateRequest;
import com.jeequan.jeepay.request.TransferOrderQueryRequest;
import com.jeequan.jeepay.response.JeepayResponse;
import com.jeequan.jeepay.response.PayOrderCloseResponse;
import com.jeequan.jeepay.response.PayOrderCreateResponse;
import com.jeequan.jeepay.response.PayOrderQueryResponse;
import com.jeequan.jeepay.response.RefundOrderCreateResponse;
import com.jeequan.jeepay.response.RefundOrderQueryResponse;
import com.jeequan.jeepay.response.TransferOrderCreateResponse;
import com.jeequan.jeepay.response.TransferOrderQueryResponse;

/** A merchant that knows the gateway through the SDK only. */
final class Shop {
  static final long AMOUNT = 10_031;

  final String baseUrl;
  final String mchNo;
  final String appId;
  final String secret;
  private final JeepayClient client;

  Shop(String baseUrl, String mchNo, String appId, String secret) {
    this.baseUrl = baseUrl;
    this.mchNo = mchNo;
    this.appId = appId;
    this.secret = secret;
    this.client = new JeepayClient(baseUrl, secret);
  }

  static Shop fromEnvironment() {
    return new Shop(
        variable("PASS2PAY_BASE_URL"),
        variable("PASS2PAY_MCH_NO"),
        variable("PASS2PAY_APP_ID"),
        variable("PASS2PAY_SECRET"));
  }

  Shop withSecret(String other) {
    return new Shop(baseUrl, mchNo, appId, other);
  }

  Shop at(String otherBaseUrl) {
    return new Shop(otherBaseUrl, mchNo, appId, secret);
  }

  /** A complete order, for a step to change. */
  PayOrderCreateReqModel order(String mchOrderNo, String wayCode) {
    var order = new PayOrderCreateReqModel();
    order.setMchNo(mchNo);
    order.setAppId(appId);
    order.setMchOrderNo(mchOrderNo);
    order.setWayCode(wayCode);
    order.setAmount(AMOUNT);
    order.setCurrency("cny");
    order.setClientIp("211.94.116.218");
    order.setSubject("商品");
    order.setBody("一件商品");
    return order;
  }

  PayOrderCreateResponse create(PayOrderCreateReqModel order) throws JeepayException {
    return send(new PayOrderCreateRequest(), order);
  }

  /** Creates an order that must be accepted, and returns the gateway's ID of it. */
  String created(PayOrderCreateReqModel order) throws JeepayException {
    return Check.succeeded(create(order), secret).get().getPayOrderId();
  }

  PayOrderQueryResponse query(String mchOrderNo, String payOrderId) throws JeepayException {
    return send(new PayOrderQueryRequest(), orderOf(mchOrderNo, payOrderId));
  }

  PayOrderQueryResModel queried(String mchOrderNo) throws JeepayException {
    return Check.succeeded(query(mchOrderNo, null), secret).get();
  }

  /** The query as a link, which the SDK signs like a request. */
  String queryUrl(String mchOrderNo) throws JeepayException {
    var request = new PayOrderQueryRequest();
    request.setBizModel(orderOf(mchOrderNo, null));
    return client.getRequestUrl(request);
  }

  PayOrderCloseResponse close(String mchOrderNo, String payOrderId) throws JeepayException {
    var order = new PayOrderCloseReqModel();
    order.setMchNo(mchNo);
    order.setAppId(appId);
    order.setMchOrderNo(mchOrderNo);
    order.setPayOrderId(payOrderId);
    return send(new PayOrderCloseRequest(), order);
  }

  RefundOrderCreateReqModel refund(String mchRefundNo, String mchOrderNo, long refundAmount) {
    var refund = new RefundOrderCreateReqModel();
    refund.setMchNo(mchNo);
    refund.setAppId(appId);
    refund.setMchOrderNo(mchOrderNo);
    refund.setMchRefundNo(mchRefundNo);
    refund.setRefundAmount(refundAmount);
    refund.setCurrency("cny");
    refund.setRefundReason("退货");
    return refund;
  }

  RefundOrderCreateResponse create(RefundOrderCreateReqModel refund) throws JeepayException {
    return send(new RefundOrderCreateRequest(), refund);
  }

  RefundOrderQueryResponse queryRefund(String mchRefundNo, String refundOrderId) throws JeepayException {
    var refund = new RefundOrderQueryReqModel();
    refund.setMchNo(mchNo);
    refund.setAppId(appId);
    refund.setMchRefundNo(mchRefundNo);
    refund.setRefundOrderId(refundOrderId);
    return send(new RefundOrderQueryRequest(), refund);
  }

  RefundOrderQueryResModel queriedRefund(String mchRefundNo) throws JeepayException {
    return Check.succeeded(queryRefund(mchRefundNo, null), secret).get();
  }

  TransferOrderCreateReqModel transfer(String mchOrderNo, String ifCode, String entryType) {
    var transfer = new TransferOrderCreateReqModel();
    transfer.setMchNo(mchNo);
    transfer.setAppId(appId);
    transfer.setMchOrderNo(mchOrderNo);
    transfer.setIfCode(ifCode);
    transfer.setEntryType(entryType);
    transfer.setAmount(AMOUNT);
    transfer.setCurrency("cny");
    transfer.setAccountNo("6222020200112233445");
    transfer.setAccountName("张三");
    transfer.setTransferDesc("结算");
    return transfer;
  }

  TransferOrderCreateResponse create(TransferOrderCreateReqModel transfer) throws JeepayException {
    return send(new TransferOrderCreateRequest(), transfer);
  }

  TransferOrderQueryResponse queryTransfer(String mchOrderNo) throws JeepayException {
    var transfer = new TransferOrderQueryReqModel();
    transfer.setMchNo(mchNo);
    transfer.setAppId(appId);
    transfer.setMchOrderNo(mchOrderNo);
    return send(new TransferOrderQueryRequest(), transfer);
  }

  <T extends JeepayResponse> T send(JeepayRequest<T> request, JeepayObject model) throws JeepayException {
    request.setBizModel(model);
    return client.execute(request);
  }

  private PayOrderQueryReqModel orderOf(String mchOrderNo, String payOrderId) {
    var order = new PayOrderQueryReqModel();
    order.setMchNo(mchNo);
    order.setAppId(appId);
    order.setMchOrderNo(mchOrderNo);
    order.setPayOrderId(payOrderId);
    return order;
  }

  private static String variable(String name) {
    String value = System.getenv(name);
    if (value != null && !value.isEmpty()) return value;
    throw new IllegalStateException(name + " is not set: run this by `npm run foreign`");
  }
}
