package io.ottla.bench;

import java.io.IOException;

/** A moment, or the span between two, with the CPU time that broker and client have used. */
record Usage(long atNs, double brokerCpuSeconds, double clientCpuSeconds) {

  static Usage now(long brokerPid) throws IOException {
    return new Usage(
        System.nanoTime(),
        ProcessCounters.of(brokerPid).cpuSeconds(),
        ProcessCounters.of(ProcessHandle.current().pid()).cpuSeconds());
  }

  Usage since(Usage before) {
    return new Usage(
        atNs - before.atNs,
        brokerCpuSeconds - before.brokerCpuSeconds,
        clientCpuSeconds - before.clientCpuSeconds);
  }

  double seconds() {
    return atNs / 1e9;
  }
}
