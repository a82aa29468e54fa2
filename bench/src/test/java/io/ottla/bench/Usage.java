package io.ottla.bench;

import java.io.IOException;
import java.util.List;

/** A moment, or the span between two, with the CPU time that brokers and client have used. */
public record Usage(long atNs, double brokerCpuSeconds, double clientCpuSeconds) {

  public static Usage now(List<Long> brokerPids) throws IOException {
    long atNs = System.nanoTime();
    double brokerCpuSeconds = 0;
    for (long pid : brokerPids) {
      brokerCpuSeconds += ProcessCounters.of(pid).cpuSeconds();
    }
    return new Usage(
        atNs, brokerCpuSeconds, ProcessCounters.of(ProcessHandle.current().pid()).cpuSeconds());
  }

  public Usage since(Usage before) {
    return new Usage(
        atNs - before.atNs,
        brokerCpuSeconds - before.brokerCpuSeconds,
        clientCpuSeconds - before.clientCpuSeconds);
  }

  public double seconds() {
    return atNs / 1e9;
  }
}
