package dev.ngbak.redis;

/** The id of an entry of a stream. Both parts are unsigned. */
record StreamId(long millis, long sequence) implements Comparable<StreamId> {

    @Override
    public int compareTo(StreamId other) {
        int byTime = Long.compareUnsigned(millis, other.millis);
        return byTime != 0 ? byTime : Long.compareUnsigned(sequence, other.sequence);
    }

    /** Returns the id as commands spell it. */
    @Override
    public String toString() {
        return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
    }

    byte[] bytes() {
        return RedisConnection.bytes(toString());
    }
}
