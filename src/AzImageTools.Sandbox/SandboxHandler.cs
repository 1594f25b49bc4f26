namespace AzImageTools.Sandbox;

/// <summary>Takes requests in the place of the network.</summary>
internal sealed class SandboxHandler(SandboxCloud cloud) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // On the pool, because a caller who starts several requests expects them to run side by side.
        return await Task.Run(
            async () =>
            {
                using var body = await RequestBody.ReadAsync(request.Content, cancellationToken).ConfigureAwait(false);
                return cloud.Answer(request, body);
            },
            cancellationToken).ConfigureAwait(false);
    }

#if NET
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var body = RequestBody.Read(request.Content, cancellationToken);
        return cloud.Answer(request, body);
    }
#endif
}
