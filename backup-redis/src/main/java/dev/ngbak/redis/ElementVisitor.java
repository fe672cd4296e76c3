package dev.ngbak.redis;

import java.io.IOException;
import java.util.List;

/**
 * Receives the elements of one value that is not a string. A stream hands over its entries, then {@link #state}, then each
 * group, each followed by its consumers, each followed by its pending entries. Groups come in the order of their names. A method that is not overridden ignores
 * its elements.
 */
interface ElementVisitor {

    /** Takes a field of a hash. */
    default void field(byte[] name, byte[] value, long expires) throws IOException {}

    /** Takes an element of a list, in order. */
    default void element(byte[] element) throws IOException {}

    /** Takes a member of a set. */
    default void member(byte[] member) throws IOException {}

    /** Takes a member of a sorted set. */
    default void member(byte[] member, double score) throws IOException {}

    /** Takes an entry of a stream, in order. */
    default void entry(StreamId id, List<byte[]> namesAndValues) throws IOException {}

    /** Takes what a stream says about itself. */
    default void state(StreamState state) throws IOException {}

    /** Takes a group of a stream. */
    default void group(Group group) throws IOException {}

    /** Takes a consumer of the last group. */
    default void consumer(byte[] name) throws IOException {}

    /** Takes an entry that is pending with the last consumer. The stream may not contain the entry any more. */
    default void pending(StreamId id, long deliveredAt, long deliveries) throws IOException {}

    /**
     * What a stream says about itself. Redis before 7.0 knows only the last id.
     *
     * @param added the number of entries ever added, or {@link #UNKNOWN}
     * @param maxDeleted the highest id that was deleted, or {@code null}
     */
    record StreamState(StreamId last, long added, StreamId maxDeleted) {}

    /**
     * A group of consumers.
     *
     * @param read the number of entries ever read by the group, or {@link #UNKNOWN}
     */
    record Group(byte[] name, StreamId lastDelivered, long read) {}

    /** A counter that the server does not have. */
    long UNKNOWN = -1;
}
