package dev.ngbak.files;

import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.Random;

final class JsonContractTest extends FilesContract {

    JsonContractTest() {
        super(FileKind.JSON, "full_docs", "Ünïcödé name", "text_chunks");
    }

    @Override
    public StorageExporter exporter() {
        return new JsonExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new JsonRestorer();
    }

    @Override
    String content(int amount, Random random) {
        return SampleFiles.kv(amount, random);
    }
}
