package dev.ngbak.layout;

import dev.ngbak.spi.RecordVisitor;

/** Translates the records of one backend into those that the same system would have written to another backend. */
@FunctionalInterface
public interface RecordTranslator {

    /**
     * Returns a visitor that takes records in the terms of the first backend and hands them on in those of the second.
     *
     * @param losses receives what the second backend cannot hold exactly
     */
    RecordVisitor to(RecordVisitor target, Losses losses);

    /** Receives what gets lost or changes in a translation, as it is noticed. */
    interface Losses {

        /**
         * Notes that something of a record is not exactly the same in the other backend.
         *
         * @param what the same text for all records with this loss, such as {@code "the property created_at of a node becomes an
         *     integer"}
         * @param record the record, for an example
         */
        void note(String what, String record);
    }
}
