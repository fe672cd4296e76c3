package dev.ngbak.layout;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.SafeText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Maps what a system writes to one backend to a form that is the same for all backends of the role, and back. The neutral
 * form is also a sequence of calls of a {@link RecordVisitor}:
 *
 * <ul>
 *   <li>a node has its name as id, no labels, and the properties that the system gives it in every backend
 *   <li>a relationship has no type
 *   <li>a collection has a name that does not depend on the backend; a point has no id, its key is the member {@code id} of
 *       its payload, and its single vector has an empty name
 *   <li>a value of an entry is JSON as {@link dev.ngbak.spi.support.PythonJson#ascii} spells it
 * </ul>
 *
 * <p>What none of the visitors hands on is noted as a loss. A record that cannot be mapped is refused.
 */
public interface NeutralForm {

    /** The loss of what {@link RecordVisitor#other} receives. */
    String NO_RECORD = "what belongs to no record is left out";

    /** Receives what a conversion changes or leaves out. */
    @FunctionalInterface
    interface Losses {

        /** Ignores everything. */
        Losses IGNORED = (what, record) -> {};

        /**
         * Notes a loss of one record.
         *
         * @param what a clause that is the same for all records with this loss, such as {@code "labels are left out"}
         * @param record the record, for an example
         */
        void note(String what, String record);
    }

    /** Returns a visitor that takes the backend's records and hands them on in the neutral form. */
    RecordVisitor decoder(RecordVisitor neutral, Losses losses);

    /**
     * Returns a visitor that takes neutral records and hands on what the backend can hold of them, also in the neutral form.
     * By default that is everything.
     */
    default RecordVisitor limiter(RecordVisitor neutral, Losses losses) {
        return neutral;
    }

    /** Returns a visitor that takes what the limiter hands on, and hands on the backend's records. It must lose nothing. */
    RecordVisitor encoder(RecordVisitor backend);

    /** Returns whether the order of the nodes of a relationship belongs to the neutral form. By default it does not. */
    default boolean isDirected() {
        return false;
    }

    /**
     * Returns whether the backend holds only one node of each name, and one relationship between two nodes. If so, of several
     * the one with the greater {@link #rank} is converted. By default there is no such limit.
     */
    default boolean hasUniqueNodes() {
        return false;
    }

    /** Returns the rank of a node among nodes with the same name. By default all have the same. */
    default int rank(Map<String, Object> properties) {
        return 0;
    }

    /**
     * Returns the refusal of a record.
     *
     * @param record such as {@code the node "A"}
     * @param why a predicate, such as {@code has no name}
     */
    static BackupException refusal(String record, String why) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive cannot be converted, because " + record + " " + why,
                "Correct that record in the system and make another backup, or restore the archive into the kind of store"
                        + " that it was taken from");
    }

    /** Returns a record for messages, such as {@code the node "A"}. */
    static String named(String kind, @Nullable Object name) {
        return "the " + kind + " " + SafeText.quoted(String.valueOf(name));
    }
}
