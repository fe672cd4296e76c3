package dev.ngbak.files;

import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.Random;

final class NanoContractTest extends FilesContract {

    NanoContractTest() {
        super(FileKind.NANO, "entities", "api_working_dir_chunks");
    }

    @Override
    public StorageExporter exporter() {
        return new NanoExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new NanoRestorer();
    }

    @Override
    String content(int amount, Random random) {
        return SampleFiles.vectors(amount, random);
    }
}
