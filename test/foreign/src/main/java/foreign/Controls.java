package foreign;

import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONArray;
import com.alibaba.fastjson.JSONObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** The sandbox's controls: what payers, channels and time do. */
final class Controls {
  private final HttpClient http = HttpClient.newHttpClient();
  private final String baseUrl;

  Controls(String baseUrl) {
    this.baseUrl = baseUrl;
  }

  void pay(String mchOrderNo) throws Exception {
    post("/sandbox/orders/" + mchOrderNo + "/pay", "");
  }

  void succeedRefund(String mchRefundNo) throws Exception {
    post("/sandbox/refunds/" + mchRefundNo + "/succeed", "");
  }

  void failRefund(String mchRefundNo) throws Exception {
    post("/sandbox/refunds/" + mchRefundNo + "/fail", "");
  }

  void succeedTransfer(String mchOrderNo) throws Exception {
    post("/sandbox/transfers/" + mchOrderNo + "/succeed", "");
  }

  void inject(String kind, String mchOrderNo, JSONObject more) throws Exception {
    JSONObject fault = new JSONObject(more).fluentPut("kind", kind).fluentPut("mchOrderNo", mchOrderNo);
    post("/sandbox/faults", fault.toJSONString());
  }

  /** Returns after all notify attempts that are under way or fall due by then. */
  void advance(long ms) throws Exception {
    post("/sandbox/clock/advance", new JSONObject().fluentPut("ms", ms).toJSONString());
  }

  JSONArray notifyAttempts(String mchOrderNo) throws Exception {
    return JSON.parseArray(get(baseUrl + "/sandbox/orders/" + mchOrderNo + "/notify-attempts"));
  }

  String get(String url) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url)).build());
  }

  private void post(String path, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(baseUrl + path));
    send(request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  private String send(HttpRequest request) throws Exception {
    var response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() < 300) return response.body();
    throw new IOException("%s %s: %d %s".formatted(request.method(), request.uri(), response.statusCode(), response.body()));
  }
}
