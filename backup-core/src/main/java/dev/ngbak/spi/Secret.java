package dev.ngbak.spi;

/** A password or key. Its text form is stars, so that it cannot get into a message by mistake. */
public final class Secret {

    private final String value;

    public Secret(String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a secret must not be empty");
        }
        this.value = value;
    }

    /** Returns the secret itself. Pass it to the driver, and do not store it. */
    public String reveal() {
        return value;
    }

    /** Returns a foreign text, such as the answer of a server, with stars in place of this secret. */
    public String hiddenIn(String text) {
        return text.replace(value, toString());
    }

    @Override
    public String toString() {
        return "***";
    }
}
