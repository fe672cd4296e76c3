package dev.ngbak.files;

import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoredRecord;
import java.io.IOException;

/** Something that is shown, but neither counted nor digested as such. */
record OnlyShown(Content content) implements StoredRecord {

    /** Shows it to a visitor. */
    interface Content {
        void showTo(RecordVisitor visitor) throws IOException;
    }

    @Override
    public String countedAs() {
        return null;
    }

    @Override
    public byte[] digest() {
        return null;
    }

    @Override
    public void show(RecordVisitor visitor) throws IOException {
        content.showTo(visitor);
    }
}
