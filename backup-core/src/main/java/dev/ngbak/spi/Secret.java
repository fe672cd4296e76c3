package dev.ngbak.spi;

/** A password or key. {@link #toString} returns asterisks, so that it cannot get into a message by accident. */
public final class Secret {

    private final String value;

    public Secret(String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("an empty secret");
        }
        this.value = value;
    }

    /** Returns the secret itself. Pass it to the driver, and do not store it anywhere else. */
    public String reveal() {
        return value;
    }

    /**
     * Returns a text from another source, such as a server's answer, with every occurrence of this secret replaced by
     * asterisks.
     */
    public String hiddenIn(String text) {
        return text.replace(value, toString());
    }

    @Override
    public String toString() {
        return "***";
    }
}
