package dev.ngbak.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TcpProxyTest {

    private ServerSocket server;
    private TcpProxy proxy;

    /** A server that says back what it is told, and the same again when the client has ended. */
    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::echo);
        thread.setDaemon(true);
        thread.start();
        proxy = new TcpProxy("127.0.0.1", server.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.close();
    }

    @Test
    void proxyForwardsEveryByteInBothDirections() throws IOException {
        assertThat(said("hello".repeat(100_000))).isEqualTo("hello".repeat(100_000) + "bye");
        assertThat(proxy.toServer()).isEqualTo(500_000);
        assertThat(proxy.toClient()).isEqualTo(500_003);
    }

    @Test
    void cutDropsConnectionsUntilTheProxyIsMended() throws IOException {
        try (Socket client = connect()) {
            client.getOutputStream().write(1);
            assertThat(client.getInputStream().read()).isEqualTo(1);
            proxy.cut();
            assertThatThrownBy(() -> failOnEnd(client)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> said("again")).isInstanceOf(IOException.class);
        }
        proxy.mend();
        assertThat(said("again")).isEqualTo("againbye");
    }

    @Test
    void proxyCutsAfterANumberOfBytes() {
        proxy.cutAfterBytesToServer(1000);
        assertThatThrownBy(() -> said("x".repeat(100_000))).isInstanceOf(IOException.class);
    }

    private String said(String text) throws IOException {
        try (Socket client = connect()) {
            Thread writer = new Thread(() -> {
                try {
                    client.getOutputStream().write(text.getBytes(UTF_8));
                    client.shutdownOutput();
                } catch (IOException e) {
                    // the reader sees it too
                }
            });
            writer.start();
            String answer = new String(client.getInputStream().readAllBytes(), UTF_8);
            if (!answer.endsWith("bye")) {
                throw new IOException("cut off after " + answer.length());
            }
            return answer;
        }
    }

    private static void failOnEnd(Socket client) throws IOException {
        if (client.getInputStream().read() < 0) {
            throw new IOException("ended");
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    }

    private void echo() {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.getInputStream().transferTo(client.getOutputStream());
                client.getOutputStream().write("bye".getBytes(UTF_8));
            } catch (IOException e) {
                // closed, or cut
            }
        }
    }
}
