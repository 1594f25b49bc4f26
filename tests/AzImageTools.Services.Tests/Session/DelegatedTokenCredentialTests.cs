using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Upload;

namespace AzImageTools.Services.Tests.Session;

public sealed class DelegatedTokenCredentialTests
{
    private static readonly Azure.Core.TokenRequestContext Request = new(["https://storage.azure.com/.default"]);

    [Theory]
    [InlineData(54, 1)]
    [InlineData(56, 2)]
    public async Task A_token_is_kept_until_five_minutes_before_it_expires_by_the_operation_s_clock(int minutes, int fetched)
    {
        SteppedTime time = new();
        int count = 0;
        DelegatedTokenCredential credential = new(
            (_, _) =>
            {
                count++;
                return Task.FromResult(new AccessTokenResult("token", time.GetUtcNow().AddHours(1)));
            },
            tenantId: null,
            time);

        await credential.GetTokenAsync(Request, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromMinutes(minutes));
        await credential.GetTokenAsync(Request, TestContext.Current.CancellationToken);

        Assert.Equal(fetched, count);
    }
}
