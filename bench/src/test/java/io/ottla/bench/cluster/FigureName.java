package io.ottla.bench.cluster;

import java.util.Locale;

/** What can be measured, by the name that {@code --only} knows it by. */
enum FigureName {
  START {
    @Override
    Figure make(ClusterOptions options) {
      return (cluster, samples) -> {};
    }

    /** Every other figure begins with a start anyway. */
    @Override
    int rounds(ClusterOptions options) {
      return options.figures().size() > 1 ? 0 : options.rounds();
    }
  },
  FAILOVER {
    @Override
    Figure make(ClusterOptions options) {
      return new LeaderKilled(options.kills());
    }
  },
  CONTROLLER {
    @Override
    Figure make(ClusterOptions options) {
      return new ControllerKilled(options.kills());
    }
  },
  ROLLING {
    @Override
    Figure make(ClusterOptions options) {
      return new RollingRestart();
    }
  },
  CREATE {
    @Override
    Figure make(ClusterOptions options) {
      return new ManyTopics(options.topics());
    }
  },
  CATCH_UP {
    @Override
    Figure make(ClusterOptions options) {
      return new CatchUp(options.missedBytes());
    }
  },
  IDLE {
    @Override
    Figure make(ClusterOptions options) {
      return new Idle(options.idlePartitions, options.idleSeconds());
    }

    @Override
    int rounds(ClusterOptions options) {
      return 1;
    }
  },
  PRODUCE {
    @Override
    Figure make(ClusterOptions options) {
      return new ReplicatedProduce(options.maxBytes());
    }
  };

  abstract Figure make(ClusterOptions options);

  /** On how many fresh clusters of each side. */
  int rounds(ClusterOptions options) {
    return options.rounds();
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
