package io.ottla.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** How much there is of everything in one seed. */
enum Mixture {

  /** Few kinds of faults and workloads, so that some are seen alone. */
  USUAL("", 5, 8) {
    @Override
    boolean takesMore(Random random) {
      return random.nextInt(3) == 0;
    }
  },

  /** Much of everything at once: what takes three accidents in a row. */
  HEAVY(" --heavy", 17, 39) {
    @Override
    boolean takesMore(Random random) {
      return random.nextInt(4) != 0;
    }
  };

  private static final int MOST_WORKLOADS = 3;

  private final String argument;
  private final int mostKinds;
  private final int mostFaults;

  Mixture(String argument, int mostKinds, int mostFaults) {
    this.argument = argument;
    this.mostKinds = mostKinds;
    this.mostFaults = mostFaults;
  }

  /** The one that {@code -Dsimulation.mixture} names, or else the usual one. */
  static Mixture wanted() {
    return valueOf(System.getProperty("simulation.mixture", USUAL.name()));
  }

  /** What a command says to have it so. */
  String argument() {
    return argument;
  }

  List<Faults.Kind> kinds(Random random) {
    return chosen(Faults.Kind.wanted(), mostKinds, random);
  }

  <T> List<T> workloads(List<T> all, Random random) {
    return chosen(all, MOST_WORKLOADS, random);
  }

  int faults(Random random) {
    return random.nextInt(mostFaults + 1);
  }

  /** Whether there is one more of them. */
  abstract boolean takesMore(Random random);

  private <T> List<T> chosen(List<T> all, int most, Random random) {
    List<T> left = new ArrayList<>(all);
    List<T> some = new ArrayList<>();
    do {
      some.add(left.remove(random.nextInt(left.size())));
    } while (some.size() < most && !left.isEmpty() && takesMore(random));
    return some;
  }
}
