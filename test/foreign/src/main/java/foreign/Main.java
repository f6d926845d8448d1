package foreign;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs every step, says of each whether it passed, and exits with 1 when one has not. */
public final class Main {
  private Main() {}

  interface Step {
    void run() throws Exception;
  }

  public static void main(String[] args) {
    // The platform's words are Chinese, whatever the locale.
    System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
    Shop shop = Shop.fromEnvironment();
    Controls sandbox = new Controls(shop.baseUrl);
    Map<String, Step> steps = new LinkedHashMap<>();
    new OrderSteps(shop, sandbox).addTo(steps);
    new CloseSteps(shop, sandbox).addTo(steps);
    new RefundSteps(shop, sandbox).addTo(steps);
    new RefusalSteps(shop, sandbox).addTo(steps);
    new TransferSteps(shop, sandbox).addTo(steps);
    new NotifySteps(shop, sandbox).addTo(steps);

    long passed = steps.entrySet().stream().filter(step -> passes(step.getKey(), step.getValue())).count();
    System.out.printf("%d of %d steps passed%n", passed, steps.size());
    System.exit(passed == steps.size() ? 0 : 1);
  }

  private static boolean passes(String name, Step step) {
    try {
      step.run();
      System.out.println("ok   " + name);
      return true;
    } catch (AssertionError failure) {
      System.out.println("FAIL " + name + ": " + failure.getMessage() + at(failure));
    } catch (Exception failure) {
      System.out.println("FAIL " + name + ": " + failure + at(failure));
    }
    return false;
  }

  /** The line of the step. */
  private static String at(Throwable failure) {
    for (StackTraceElement frame : failure.getStackTrace()) {
      if (frame.getFileName() != null && frame.getFileName().endsWith("Steps.java")) {
        return " (%s:%d)".formatted(frame.getFileName(), frame.getLineNumber());
      }
    }
    return "";
  }
}
