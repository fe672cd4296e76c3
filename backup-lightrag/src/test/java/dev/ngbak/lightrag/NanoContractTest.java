package dev.ngbak.lightrag;

import dev.ngbak.files.NanoExporter;
import dev.ngbak.files.NanoRestorer;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

final class NanoContractTest extends FilesContract {

    private static final int DIMENSION = 3;

    NanoContractTest() {
        super("vdb_relationships.json");
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
    String content(int amount, Random random, String changed) {
        ByteBuffer matrix =
                ByteBuffer.allocate(amount * DIMENSION * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (matrix.hasRemaining()) {
            matrix.putFloat(random.nextFloat());
        }
        String rows = IntStream.range(0, amount)
                .mapToObj(i -> "{\"__id__\": \"rel-" + i + "\", \"__write_seq__\": 1796036829243769696, \"src_id\": \""
                        + (i == 0 ? changed : "") + "\", \"vector\": \"eJxjYGBgAAAABAAB\"}")
                .collect(Collectors.joining(", "));
        return "{\"embedding_dim\": " + DIMENSION + ", \"data\": [" + rows + "], \"matrix\": \""
                + Base64.getEncoder().encodeToString(matrix.array()) + "\"}";
    }
}
