package dev.ngbak.testkit;

import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoredRecord;
import java.io.IOException;

/** Forwards every call to another handler. A test overrides the method in which it wants something else. */
public class ForwardingRecordHandler implements RecordHandler {

    private final RecordHandler real;

    public ForwardingRecordHandler(RecordHandler real) {
        this.real = real;
    }

    @Override
    public Detail detail() {
        return real.detail();
    }

    @Override
    public void add(StoredRecord record) throws IOException {
        real.add(record);
    }

    @Override
    public void count(String name, long amount) {
        real.count(name, amount);
    }

    @Override
    public void warn(String sentence) {
        real.warn(sentence);
    }

    @Override
    public void omitDigest() {
        real.omitDigest();
    }

    @Override
    public void markOpaque(StoreCounts known) {
        real.markOpaque(known);
    }
}
