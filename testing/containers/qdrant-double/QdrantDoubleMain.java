import dev.ngbak.testkit.QdrantDouble;
import java.net.InetSocketAddress;

/** Runs the double on port 6333, with the key of {@code QDRANT__SERVICE__API_KEY}. */
final class QdrantDoubleMain {

    private QdrantDoubleMain() {}

    public static void main(String[] arguments) throws Exception {
        try (QdrantDouble server = new QdrantDouble(System.getenv("QDRANT__SERVICE__API_KEY"), new InetSocketAddress(6333))) {
            System.out.println("A test double of Qdrant listens at " + server.url());
            Thread.currentThread().join();
        }
    }
}
