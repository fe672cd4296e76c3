package dev.ngbak.lightrag;

import dev.ngbak.files.JsonExporter;
import dev.ngbak.files.JsonRestorer;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

final class JsonContractTest extends FilesContract {

    JsonContractTest() {
        super("kv_store_doc_status.json");
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
    String content(int amount, Random random, String changed) {
        return IntStream.range(0, amount)
                .mapToObj(i -> "\"doc-" + i + "\": {\"status\": \"processed\", \"weight\": " + random.nextInt()
                        + ", \"track_id\": \"" + (i == 0 ? changed : "") + "\"}")
                .collect(Collectors.joining(",\n  ", "{\n  ", "\n}"));
    }
}
