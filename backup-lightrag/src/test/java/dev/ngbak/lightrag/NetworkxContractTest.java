package dev.ngbak.lightrag;

import dev.ngbak.files.NetworkxExporter;
import dev.ngbak.files.NetworkxRestorer;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

final class NetworkxContractTest extends FilesContract {

    NetworkxContractTest() {
        super("graph_chunk_entity_relation.graphml");
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
    String content(int amount, Random random, String changed) {
        return IntStream.range(0, amount)
                .mapToObj(i -> "<node id=\"n" + i + "\"><data key=\"d0\">" + random.nextInt() + (i == 0 ? changed : "")
                        + "</data></node>")
                .collect(Collectors.joining(
                        "\n",
                        "<?xml version='1.0' encoding='utf-8'?>\n"
                                + "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
                                + "<key id=\"d0\" for=\"node\" attr.name=\"entity_id\" attr.type=\"string\" />\n"
                                + "<graph edgedefault=\"undirected\">\n",
                        "\n</graph></graphml>\n"));
    }
}
