package io.ottla.broker.net;

import java.util.concurrent.ThreadFactory;

/** Threads of event loops that keep no process alive. */
enum DaemonThreads implements ThreadFactory {
  INSTANCE;

  @Override
  public Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "races-loop");
    thread.setDaemon(true);
    return thread;
  }
}
