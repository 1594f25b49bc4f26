using System.Net;
using AzImageTools.Sandbox;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Tests.Session;

public sealed class RequestPaceTests
{
    [Theory]
    [InlineData("x-ms-ratelimit-remaining-subscription-reads", "11", true)]
    [InlineData("x-ms-ratelimit-remaining-subscription-reads", "240", false)]
    [InlineData("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/GetVM3Min;170,Microsoft.Compute/DeleteVM30Min;2", true)]
    [InlineData("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/GetVM3Min;170,Microsoft.Compute/DeleteVM30Min;12", false)]
    [InlineData("x-ms-ratelimit-remaining-subscription-reads", "a text; of no number", false)]
    public async Task What_has_not_begun_waits_when_few_requests_are_left(string header, string value, bool waits)
    {
        using SandboxCloud cloud = new();
        using ImageSession session = await ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = new HeaderHandler(cloud.CreateHandler(), header, value) }, OperationContext.None);
        using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(300));
        Task pace = session.Pace.WaitAsync(new OperationContext { Cancellation = cancellation.Token });
        if (waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pace);
        }
        else
        {
            Assert.True(pace.IsCompletedSuccessfully);
        }
    }

    private sealed class HeaderHandler(HttpMessageHandler inner, string name, string value) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                response.Headers.Remove(name);
                response.Headers.Add(name, value);
            }

            return response;
        }
    }
}
