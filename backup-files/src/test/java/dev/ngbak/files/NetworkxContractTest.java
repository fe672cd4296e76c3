package dev.ngbak.files;

import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.Random;

final class NetworkxContractTest extends FilesContract {

    NetworkxContractTest() {
        super(FileKind.NETWORKX, "graph_chunk_entity_relation");
    }

    @Override
    public StorageExporter exporter() {
        return new NetworkxExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new NetworkxRestorer();
    }

    @Override
    String content(int amount, Random random) {
        return SampleFiles.graph(amount, random);
    }
}
