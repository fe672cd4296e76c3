package dev.ngbak.files;

/** Backs up the JSON key-value files in {@code WORKING_DIR}. */
public final class JsonExporter extends FileExporter {

    public JsonExporter() {
        super(FileKind.JSON);
    }
}
