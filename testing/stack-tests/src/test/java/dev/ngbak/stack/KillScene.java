package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.Role;
import dev.ngbak.testkit.KillMatrix;
import java.util.List;
import java.util.Map;

/** Neo4j, Qdrant and Redis for the kill matrix. Asserts that data out of scope never changes. */
final class KillScene implements KillMatrix.Scene, AutoCloseable {

    private final Stack stack = Stack.startWithSharedNeo4j();
    private final long now = System.currentTimeMillis();
    private final Map<Role, String> foreign;

    KillScene() {
        stack.fillForeign();
        foreign = stack.foreignFingerprints();
    }

    @Override
    public Map<String, String> settings() {
        return stack.environment();
    }

    @Override
    public void makeNew() {
        make(new Dataset(DatasetSize.TINY, GraphVariant.FORK, 1, 8, true));
    }

    @Override
    public void makeOld() {
        make(new Dataset(DatasetSize.TINY, GraphVariant.CLEAN, 2, 8, false));
    }

    private void make(Dataset data) {
        stack.wipeScope();
        stack.fill(data, now);
    }

    @Override
    public Object picture() {
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);
        return stack.fingerprints();
    }

    @Override
    public List<String> leftovers() {
        return List.of(); // a leftover in a server is out of scope, and therefore in the foreign fingerprint
    }

    @Override
    public void close() {
        stack.close();
    }
}
