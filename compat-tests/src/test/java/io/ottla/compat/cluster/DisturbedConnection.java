package io.ottla.compat.cluster;

import io.ottla.compat.cluster.RequestFaults.Fate;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Carries the requests of one connection of a client to a node, and the answers back, frame by
 * frame, and does to them what {@link RequestFaults} draws. One thread for each direction.
 */
final class DisturbedConnection {
  private static final int API_KEY_AT = 0;
  private static final int CORRELATION_AT = 4;
  private static final int LATER = 8;
  private static final int MOST_KEPT = 4;

  /** A request that is to be sent again when so many more have gone by. */
  private record Kept(byte[] frame, int after) {}

  private final Socket near;
  private final Socket far;
  private final Link there;
  private final Link back;
  private final RequestFaults faults;
  private final Map<Integer, Fate> fates = new ConcurrentHashMap<>();
  private final Deque<Kept> kept = new ArrayDeque<>();
  private int repeated;

  DisturbedConnection(Socket near, Socket far, Link there, Link back, RequestFaults faults) {
    this.near = near;
    this.far = far;
    this.there = there;
    this.back = back;
    this.faults = faults;
  }

  /** Carries requests until either end is gone. */
  void carryRequests() {
    try {
      DataInputStream in = new DataInputStream(near.getInputStream());
      OutputStream out = far.getOutputStream();
      while (true) {
        byte[] frame = read(in);
        there.pass();
        int apiKey = ByteBuffer.wrap(frame).getShort(Integer.BYTES + API_KEY_AT);
        Fate fate = faults.fateOf(apiKey);
        switch (fate) {
          case PASSES -> out.write(frame);
          case ANSWER_LOST -> {
            fates.put(correlation(frame), fate);
            out.write(frame);
          }
          case TWICE -> {
            out.write(frame);
            sendAgain(out, frame, fate);
          }
          case AGAIN_LATER -> {
            out.write(frame);
            if (kept.size() < MOST_KEPT) {
              kept.add(new Kept(frame, LATER));
            }
          }
          case HELD -> {
            Thread.sleep(faults.drawHeldMs());
            out.write(frame);
            faults.count(fate);
          }
        }
        sendKept(out);
      }
    } catch (IOException gone) {
      end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sendKept(OutputStream out) throws IOException {
    for (int i = kept.size(); i > 0; i--) {
      Kept one = kept.removeFirst();
      if (one.after > 0) {
        kept.addLast(new Kept(one.frame, one.after - 1));
      } else {
        sendAgain(out, one.frame, Fate.AGAIN_LATER);
      }
    }
  }

  /** With a correlation id of its own, as the client must not see the answer. */
  private void sendAgain(OutputStream out, byte[] frame, Fate fate) throws IOException {
    byte[] again = frame.clone();
    int correlation = -(++repeated);
    ByteBuffer.wrap(again).putInt(Integer.BYTES + CORRELATION_AT, correlation);
    fates.put(correlation, fate);
    out.write(again);
  }

  private static int correlation(byte[] frame) {
    return ByteBuffer.wrap(frame).getInt(Integer.BYTES + CORRELATION_AT);
  }

  /** Carries answers until either end is gone. */
  void carryAnswers() {
    try {
      DataInputStream in = new DataInputStream(far.getInputStream());
      OutputStream out = near.getOutputStream();
      while (true) {
        byte[] frame = read(in);
        back.pass();
        Fate fate = fates.remove(ByteBuffer.wrap(frame).getInt(Integer.BYTES));
        if (fate == null) {
          out.write(frame);
        } else {
          faults.count(fate);
          if (fate == Fate.ANSWER_LOST) {
            end();
            return;
          }
        }
      }
    } catch (IOException gone) {
      end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next frame, with its length. */
  private static byte[] read(DataInputStream in) throws IOException {
    int length = in.readInt();
    byte[] frame = new byte[Integer.BYTES + length];
    ByteBuffer.wrap(frame).putInt(length);
    in.readFully(frame, Integer.BYTES, length);
    return frame;
  }

  private void end() {
    Links.reset(near);
    Links.reset(far);
  }
}
