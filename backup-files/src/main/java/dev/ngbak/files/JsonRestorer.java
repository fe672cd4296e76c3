package dev.ngbak.files;

/** Restores the JSON key-value files in {@code WORKING_DIR}. */
public final class JsonRestorer extends FileRestorer {

    public JsonRestorer() {
        super(FileKind.JSON);
    }
}
