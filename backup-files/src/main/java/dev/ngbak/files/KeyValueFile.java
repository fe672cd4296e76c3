package dev.ngbak.files;

import dev.ngbak.files.FileWriting.RecordFile;
import dev.ngbak.spi.support.PythonJson;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A {@code kv_store_*.json} file, spelled as {@code json.dump(…, indent=2, ensure_ascii=False)} does. */
final class KeyValueFile implements RecordFile {

    private final Spool spool;
    private boolean empty = true;

    KeyValueFile(TempFiles temporary) throws IOException {
        spool = new Spool(temporary);
    }

    void add(String key, byte[] json) throws IOException {
        spool.out().write((empty ? "{\n  " : ",\n  ").getBytes(StandardCharsets.US_ASCII));
        empty = false;
        PythonJson.string(key, false, spool.out());
        spool.out().write(':');
        spool.out().write(' ');
        PythonJson.indented(json, 1, spool.out());
    }

    @Override
    public InputStream content() throws IOException {
        spool.out().write((empty ? "{}" : "\n}").getBytes(StandardCharsets.US_ASCII));
        return spool.in();
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
