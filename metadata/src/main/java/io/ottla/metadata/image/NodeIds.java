package io.ottla.metadata.image;

import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.IntPredicate;

/**
 * A short immutable list of node ids, in order: replicas, in-sync replicas. Flat, because a large
 * cluster holds four of them for each of its hundred thousand partitions.
 */
public final class NodeIds {

  /** No nodes. */
  public static final NodeIds EMPTY = new NodeIds(new int[0]);

  /** Lists up to this length, which all sound ones are, are looked through without a set. */
  private static final int FEW = 16;

  private final int[] ids;

  private NodeIds(int[] ids) {
    this.ids = ids;
  }

  public static NodeIds of(int... ids) {
    return ids.length == 0 ? EMPTY : new NodeIds(ids.clone());
  }

  public static NodeIds of(List<Integer> ids) {
    return ids.isEmpty() ? EMPTY : new NodeIds(ids.stream().mapToInt(Integer::intValue).toArray());
  }

  public int size() {
    return ids.length;
  }

  public boolean isEmpty() {
    return ids.length == 0;
  }

  /** The id at a place of the list, from 0. */
  public int at(int place) {
    return ids[place];
  }

  public boolean contains(int id) {
    for (int candidate : ids) {
      if (candidate == id) {
        return true;
      }
    }
    return false;
  }

  /** The same list without a node. */
  public NodeIds without(int id) {
    return contains(id) ? kept(other -> other != id) : this;
  }

  /** The same list without some nodes. */
  public NodeIds withoutAll(NodeIds others) {
    return others.isEmpty() ? this : kept(id -> !others.contains(id));
  }

  /** The nodes of this list that are in another one too, in this one's order. */
  public NodeIds within(NodeIds others) {
    return kept(others::contains);
  }

  /** The same list with a node at its end, if it is not in it already. */
  public NodeIds with(int id) {
    if (contains(id)) {
      return this;
    }
    int[] more = Arrays.copyOf(ids, ids.length + 1);
    more[ids.length] = id;
    return new NodeIds(more);
  }

  /** The same list with those of other nodes at its end that are not in it already. */
  public NodeIds withAll(NodeIds others) {
    NodeIds all = this;
    for (int id : others.ids) {
      all = all.with(id);
    }
    return all;
  }

  public boolean containsAll(NodeIds others) {
    for (int id : others.ids) {
      if (!contains(id)) {
        return false;
      }
    }
    return true;
  }

  /** Whether no node is in the list twice. */
  public boolean isDistinct() {
    if (ids.length > FEW) {
      return Arrays.stream(ids).distinct().count() == ids.length;
    }
    for (int i = 1; i < ids.length; i++) {
      for (int j = 0; j < i; j++) {
        if (ids[i] == ids[j]) {
          return false;
        }
      }
    }
    return true;
  }

  /** Plain loops: a broker that is fenced changes every partition it was in sync with. */
  private NodeIds kept(IntPredicate keeps) {
    int count = 0;
    for (int id : ids) {
      count += keeps.test(id) ? 1 : 0;
    }
    if (count == ids.length) {
      return this;
    }
    if (count == 0) {
      return EMPTY;
    }
    int[] kept = new int[count];
    int at = 0;
    for (int id : ids) {
      if (keeps.test(id)) {
        kept[at++] = id;
      }
    }
    return new NodeIds(kept);
  }

  /** An unmodifiable view. */
  public List<Integer> asList() {
    return new View(ids);
  }

  /** Writes the list into a command or a delta. */
  public void write(FrameWriter out) {
    out.writeCount(ids.length);
    for (int id : ids) {
      out.writeInt(id);
    }
  }

  /** Reads what {@link #write} wrote. */
  public static NodeIds read(FrameReader in) {
    int count = in.readCount(1);
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = in.readInt();
    }
    return count == 0 ? EMPTY : new NodeIds(ids);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NodeIds that && Arrays.equals(ids, that.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return Arrays.toString(ids);
  }

  private static final class View extends AbstractList<Integer> implements RandomAccess {

    private final int[] ids;

    View(int[] ids) {
      this.ids = ids;
    }

    @Override
    public Integer get(int index) {
      return ids[index];
    }

    @Override
    public int size() {
      return ids.length;
    }
  }
}
