package dev.ngbak.s3proxyserver;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An S3 service that runs in this JVM with a class loader of its own, and keeps its objects in memory. */
public final class S3ProxyServer implements AutoCloseable {

    /** Never closed, because loading the classes takes longer than starting the service. */
    private static URLClassLoader loader;

    private final URI endpoint;
    private final AutoCloseable server;

    /** Starts the service on a free port. It accepts only this key. */
    public S3ProxyServer(String accessKey, String secretKey) {
        try {
            Object[] started = (Object[]) loader().loadClass(Launcher.class.getName())
                    .getMethod("start", String.class, String.class)
                    .invoke(null, accessKey, secretKey);
            endpoint = URI.create("http://127.0.0.1:" + started[0]);
            server = (AutoCloseable) started[1];
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("s3proxy does not start", e);
        }
    }

    private static synchronized ClassLoader loader() throws IOException {
        if (loader == null) {
            loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());
        }
        return loader;
    }

    private static URL[] classPath() throws IOException {
        List<URL> urls = new ArrayList<>();
        urls.add(S3ProxyServer.class.getProtectionDomain().getCodeSource().getLocation());
        try (InputStream in = S3ProxyServer.class.getResourceAsStream("/s3proxy-server.classpath")) {
            String paths = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
            for (String path : paths.split(File.pathSeparator)) {
                urls.add(Path.of(path).toUri().toURL());
            }
        }
        return urls.toArray(new URL[0]);
    }

    /** Returns the address of the service. */
    public URI endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException("s3proxy does not stop", e);
        }
    }
}
