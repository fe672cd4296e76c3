package dev.ngbak.files;

import dev.ngbak.files.FileWriting.RecordFiles;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.PythonJson;
import dev.ngbak.spi.support.RawJsonReader;
import dev.ngbak.spi.support.RawJsonReader.Dialect;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;

/** Writes entries to one file for each namespace. */
final class KeyValueVisitor implements RecordVisitor {

    private final RecordFiles<KeyValueFile> files;

    KeyValueVisitor(RecordFiles<KeyValueFile> files) {
        this.files = files;
    }

    @Override
    public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
        if (value == null || !RawJsonReader.isValue(value, Dialect.PYTHON, PythonJson.MAX_DEPTH)) {
            throw FileWriting.refused("The value of " + SafeText.quoted(namespace + ":" + key) + " is not JSON");
        }
        if (expires != NEVER) {
            throw FileWriting.refused(
                    "The entry " + SafeText.quoted(namespace + ":" + key) + " expires, but entries of a file do not");
        }
        files.get(namespace).add(key, value);
    }
}
