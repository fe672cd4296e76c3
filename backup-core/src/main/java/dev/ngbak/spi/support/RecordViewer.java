package dev.ngbak.spi.support;

import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoredRecord;
import java.io.IOException;

/** Shows records to a {@link RecordVisitor}. Counts and warnings are dropped. */
public final class RecordViewer implements RecordHandler {

    private final RecordVisitor visitor;
    private boolean opaque;

    public RecordViewer(RecordVisitor visitor) {
        this.visitor = visitor;
    }

    @Override
    public Detail detail() {
        return Detail.CONTENT;
    }

    @Override
    public void add(StoredRecord record) throws IOException {
        record.show(visitor);
    }

    @Override
    public void count(String name, long amount) {}

    @Override
    public void warn(String sentence) {}

    @Override
    public void omitDigest() {}

    @Override
    public void markOpaque(StoreCounts known) {
        opaque = true;
    }

    /** Returns whether the visitor saw the records of the store. */
    public boolean isComplete() {
        return !opaque;
    }
}
