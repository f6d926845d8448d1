package foreign;

import com.jeequan.jeepay.response.JeepayResponse;
import java.util.Objects;

/** Assertions. Each throws an AssertionError that names the value and says what it should be. */
final class Check {
  private Check() {}

  static void equal(String what, Object actual, Object expected) {
    that(Objects.equals(actual, expected), "%s is %s, expected %s", what, actual, expected);
  }

  static void that(boolean isSo, String message, Object... values) {
    if (!isSo) throw new AssertionError(message.formatted(values));
  }

  /** Asserts a success with signed data. On its own, the SDK's `checkSign` also accepts a response without data and sign. */
  static <T extends JeepayResponse> T succeeded(T response, String secret) {
    that(response.getData() != null && response.getSign() != null, "the response has no signed data: %s", response);
    that(response.checkSign(secret), "the SDK rejects the signature of the response: %s", response);
    that(response.isSuccess(secret), "the SDK does not call the response a success: %s", response);
    return response;
  }

  /** A refusal has code 9999 and the platform's words, and neither data nor signature. */
  static void refused(JeepayResponse response, String words, String secret) {
    equal("msg", response.getMsg(), words);
    equal("code", response.getCode(), 9999);
    that(response.getData() == null && response.getSign() == null, "the refusal has data or a signature: %s", response);
    that(!response.isSuccess(secret), "the SDK calls the refusal a success: %s", response);
  }
}
