package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.Role;
import dev.ngbak.testkit.KillMatrix;
import java.util.List;
import java.util.Map;

/** Three servers with two states to be in, and with what belongs to others, which is never to change. */
final class KillScene implements KillMatrix.Scene, AutoCloseable {

    private final Stack stack = Stack.startBesideSharedNeo4j();
    private final long now = System.currentTimeMillis();
    private final Map<Role, String> foreign;

    KillScene() {
        stack.fillForeign();
        foreign = stack.foreignPictures();
    }

    @Override
    public Map<String, String> settings() {
        return stack.environment();
    }

    @Override
    public void makeNew() {
        make(new Dataset(Size.TINY, Variant.FORK, 1, 8, true));
    }

    @Override
    public void makeOld() {
        make(new Dataset(Size.TINY, Variant.CLEAN, 2, 8, false));
    }

    private void make(Dataset data) {
        stack.wipe();
        stack.fill(data, now);
    }

    @Override
    public Object picture() {
        assertThat(stack.foreignPictures()).isEqualTo(foreign);
        return stack.pictures();
    }

    @Override
    public List<String> leftovers() {
        return List.of(); // what is left in a server belongs to nobody, and is in the picture of others' things
    }

    @Override
    public void close() {
        stack.close();
    }
}
