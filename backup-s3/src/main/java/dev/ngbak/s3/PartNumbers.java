package dev.ngbak.s3;

import dev.ngbak.archive.ArchivePaths;
import dev.ngbak.spi.Role;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Deals out the numbers of the parts of one upload. A service joins parts in the order of their numbers, which may have gaps, so an
 * entry can be sent before the bytes that precede it are known. Each store has a third of the numbers. Before each entry, some
 * numbers are left for what is sent last. Thread-safe.
 */
final class PartNumbers {

    static final int MAX_NUMBER = 10_000;

    /** The size of the smallest part that a service accepts, except for the last one. */
    static final int MIN_PART_BYTES = 5 << 20;

    static final long FIRST_PART_BYTES = 8 << 20;

    static final long MAX_PART_BYTES = 5L << 30;

    /** After this many parts of an entry, the size of its parts doubles. */
    static final int PARTS_OF_ONE_SIZE = 512;

    /** The numbers that are left before an entry. */
    static final int NUMBERS_BETWEEN = 3;

    static final int NUMBERS_PER_STORE = (MAX_NUMBER - NUMBERS_BETWEEN) / Role.values().length;

    private final Map<Role, Range> ranges = new EnumMap<>(Role.class);
    /** The first numbers of all entries that have parts. */
    private final TreeSet<Integer> starts = new TreeSet<>();

    PartNumbers() {
        List<Role> inOrder = Stream.of(Role.values())
                .sorted(Comparator.comparing(role -> role.folder(""), ArchivePaths.ORDER))
                .toList();
        for (Role role : inOrder) {
            ranges.put(role, new Range(inOrder.indexOf(role) * NUMBERS_PER_STORE));
        }
    }

    /** Returns the size of all parts but the last for content of about this size: 5 TiB need parts of 583 MiB. */
    static long equalPartBytes(long expectedBytes) {
        long mebibyte = 1 << 20;
        // A tenth of the numbers is for what the expected size leaves out.
        long needed = expectedBytes / (MAX_NUMBER * 9 / 10) + 1;
        return Math.max(FIRST_PART_BYTES, (needed + mebibyte - 1) / mebibyte * mebibyte);
    }

    /** Returns the size of a part of an entry that has some parts already. */
    static long partBytes(int partsBefore) {
        return Math.min(MAX_PART_BYTES, FIRST_PART_BYTES << Math.min(20, partsBefore / PARTS_OF_ONE_SIZE));
    }

    /**
     * Starts the numbers of an entry.
     *
     * @return empty if no numbers are left, or if a later entry of the store has some already
     */
    synchronized Optional<Run> start(Role role, String path) {
        return ranges.get(role).start(path);
    }

    /** Returns the number at which the next entry begins, or the one after the last number. */
    synchronized int nextStart(int number) {
        Integer start = starts.higher(number);
        return start == null ? MAX_NUMBER + 1 : start;
    }

    /** The numbers of one store. */
    private final class Range {
        private final int before;
        private int used;
        private int runs;
        private String lastPath;
        private Run last;

        Range(int before) {
            this.before = before;
            this.used = before;
        }

        Optional<Run> start(String path) {
            boolean inOrder = lastPath == null || ArchivePaths.ORDER.compare(lastPath, path) < 0;
            if (!inOrder || !hasNext(NUMBERS_BETWEEN)) {
                return Optional.empty();
            }
            used += NUMBERS_BETWEEN;
            lastPath = path;
            last = new Run(this, used + 1);
            runs++;
            starts.add(last.first());
            return Optional.of(last);
        }

        boolean hasNext(int skipped) {
            return used + skipped < before + NUMBERS_PER_STORE;
        }
    }

    /** The numbers of one entry. */
    final class Run {
        private final Range range;
        private final int first;

        private Run(Range range, int first) {
            this.range = range;
            this.first = first;
        }

        int first() {
            return first;
        }

        /** Returns whether there is another number. There is none after a later entry of the store has started. */
        boolean hasNext() {
            synchronized (PartNumbers.this) {
                return range.last == this && range.hasNext(0);
            }
        }

        int next() {
            synchronized (PartNumbers.this) {
                return ++range.used;
            }
        }

        /** Gives the numbers back, as soon as the store has no entries left. No request with one may be under way. */
        void drop() {
            synchronized (PartNumbers.this) {
                starts.remove(first);
                if (--range.runs == 0) {
                    range.used = range.before;
                    range.lastPath = null;
                    range.last = null;
                }
            }
        }
    }
}
