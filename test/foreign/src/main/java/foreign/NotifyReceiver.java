package foreign;

import com.jeequan.jeepay.util.JeepayKit;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A merchant's notify URL on this machine. */
final class NotifyReceiver implements AutoCloseable {
  /** Ends a wait that hangs; no notify comes near it. */
  private static final int HUNG_S = 30;

  private final HttpServer server;
  private final BlockingQueue<Notify> received = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  /** @param answers to the first notifies; `success` to those after them */
  NotifyReceiver(String... answers) throws IOException {
    this.answers.addAll(List.of(answers));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::receive);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/notify";
  }

  /** The next notify, oldest first. */
  Notify take() throws InterruptedException {
    Notify notify = received.poll(HUNG_S, TimeUnit.SECONDS);
    Check.that(notify != null, "no notify came");
    return notify;
  }

  boolean isEmpty() {
    return received.isEmpty();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String contentType = exchange.getRequestHeaders().getFirst("Content-Type");
      received.add(new Notify(exchange.getRequestMethod(), exchange.getRequestURI().toString(), contentType, body));
      String answer = answers.poll();
      byte[] bytes = (answer == null ? "success" : answer).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  record Notify(String method, String uri, String contentType, String body) {
    Map<String, Object> fields() {
      Map<String, Object> fields = new TreeMap<>();
      for (String pair : body.split("&")) {
        String[] parts = pair.split("=", 2);
        fields.put(decoded(parts[0]), decoded(parts[1]));
      }
      return fields;
    }

    /** As the SDK's documents have merchants verify it: over everything but `sign`. */
    boolean isGenuine(String secret) {
      Map<String, Object> fields = fields();
      Object sign = fields.remove("sign");
      return JeepayKit.getSign(fields, secret).equals(sign);
    }

    private static String decoded(String text) {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
  }
}
