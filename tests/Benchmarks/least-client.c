// The least that an upload over TLS must do: threads that each read pieces of up to 4 MiB of what is no hole, and put them on one connection of OpenSSL's.
// least-client FILE PORT THREADS CERTIFICATE; gcc -O2 -pthread least-client.c -lssl -lcrypto
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 4 << 20, MOST_THREADS = 64 };

struct piece { off_t offset; off_t length; };

static int file, port;
static struct piece *pieces;
static int count;
static atomic_int next;
static SSL_CTX *context;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void write_all(SSL *tls, const char *bytes, size_t length)
{
    for (size_t written; length > 0; bytes += written, length -= written)
        if (SSL_write_ex(tls, bytes, length, &written) != 1)
            fail("SSL_write");
}

static void *put(void *unused)
{
    (void)unused;
    int one = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");

    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, connection);
    if (SSL_connect(tls) != 1)
        fail("SSL_connect");

    char *bytes = malloc(PIECE), head[512], answer[4096];
    for (int i; (i = next++) < count;) {
        struct piece piece = pieces[i];
        if (pread(file, bytes, piece.length, piece.offset) != piece.length)
            fail("pread");

        int length = snprintf(head, sizeof head,
            "PUT /devstoreaccount1/vhds/g.vhd?comp=page HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-page-write: update\r\nx-ms-range: bytes=%lld-%lld\r\nContent-Length: %lld\r\n\r\n",
            (long long)piece.offset, (long long)(piece.offset + piece.length - 1), (long long)piece.length);
        write_all(tls, head, length);
        write_all(tls, bytes, piece.length);
        size_t filled = 0, got;
        do {
            if (SSL_read_ex(tls, answer + filled, sizeof answer - 1 - filled, &got) != 1)
                fail("SSL_read");

            filled += got;
            answer[filled] = 0;
        } while (strstr(answer, "\r\n\r\n") == NULL);
    }

    SSL_free(tls);
    close(connection);
    return NULL;
}

int main(int arguments, char **argument)
{
    if (arguments != 5)
        return 2;

    file = open(argument[1], O_RDONLY);
    port = atoi(argument[2]);
    int threads = atoi(argument[3]) < MOST_THREADS ? atoi(argument[3]) : MOST_THREADS;
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (file < 0 || SSL_CTX_load_verify_locations(context, argument[4], NULL) != 1)
        fail("open");

    off_t end = lseek(file, 0, SEEK_END), capacity = 0;
    for (off_t data = 0; data < end && (data = lseek(file, data, SEEK_DATA)) >= 0;) {
        off_t hole = lseek(file, data, SEEK_HOLE);
        for (; data < hole; data += pieces[count++].length) {
            if (count == capacity)
                pieces = realloc(pieces, (capacity = capacity * 2 + 1024) * sizeof *pieces);

            pieces[count] = (struct piece){ data, hole - data < PIECE ? hole - data : PIECE };
        }
    }

    pthread_t started[MOST_THREADS];
    for (int i = 0; i < threads; i++)
        pthread_create(&started[i], NULL, put, NULL);

    for (int i = 0; i < threads; i++)
        pthread_join(started[i], NULL);

    return 0;
}
