package dev.ngbak.stack;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One of the three stores of a system, seen as nano-graphrag and its neighbours see it, without the product's code. What is
 * in scope is what ngbak takes when no variable says otherwise.
 */
public interface Store extends AutoCloseable {

    /**
     * Writes what a data set has for this store. It should be empty.
     *
     * @param now in milliseconds of the epoch, from which keys that expire are reckoned
     */
    void fill(Dataset data, long now);

    /** Writes what belongs to others, beside it. */
    void fillForeign();

    /** Destroys all that is in scope, and its schema, and nothing else. */
    void wipe();

    /** Destroys everything. */
    void clear();

    /** All that is in scope. */
    String picture();

    /** All that is out of scope. */
    String foreignPicture();

    /**
     * Reads all that is in scope as plainly as the store's own means let one, and does nothing with it.
     *
     * @return how many bytes of content came, as far as that can be told
     */
    long read();

    /**
     * Reads all that is in scope, wipes it, and writes it back as fast as the store's own means let one, checking nothing.
     *
     * @param scratch a folder for what does not fit into memory
     * @return how many nanoseconds the writing took
     */
    long rewrite(Path scratch) throws IOException;

    @Override
    void close();
}
