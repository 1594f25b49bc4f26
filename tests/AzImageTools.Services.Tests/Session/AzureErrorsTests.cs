using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace AzImageTools.Services.Tests.Session;

public sealed class AzureErrorsTests
{
    private const string Sas = "https://md-x.blob.storage.azure.net/c/abcd?sv=2018-03-28&sr=b&sig=pXKx7pQnJm6XbB2rJk9WzYd4LqT0vHc8sGfE1aUiO3M%3D&se=2027";

    [Theory]
    [InlineData(404, "ResourceGroupNotFound", ErrorKind.NotFound)]
    [InlineData(404, "BlobNotFound", ErrorKind.NotFound)]
    [InlineData(409, "BlobAlreadyExists", ErrorKind.AlreadyExists)]
    [InlineData(409, "OperationNotAllowed", ErrorKind.InvalidState)]
    [InlineData(403, "AuthorizationFailed", ErrorKind.PermissionDenied)]
    [InlineData(403, "AuthenticationFailed", ErrorKind.Authentication)]
    [InlineData(401, "SomethingNew", ErrorKind.Authentication)]
    [InlineData(429, "TooManyRequests", ErrorKind.LimitExceeded)]
    [InlineData(400, "Crc64Mismatch", ErrorKind.InvalidData)]
    [InlineData(503, "ServerBusy", ErrorKind.Connection)]
    [InlineData(200, "OperationNotAllowed", ErrorKind.InvalidState)]
    public void Azures_code_is_the_error_id_and_decides_the_kind(int status, string code, ErrorKind kind)
    {
        ImageServiceException error = AzureErrors.Translate(
            new RequestFailedException(status, "It can't be done.\nStatus: 409 (Conflict)\nErrorCode: X", code, innerException: null), "Doing it", "thing");

        Assert.Equal(code, error.ErrorId);
        Assert.Equal(kind, error.Kind);
        Assert.Equal("thing", error.Target);
        Assert.StartsWith("Doing it failed: It can't be done.", error.Message);
        Assert.DoesNotContain("Status:", error.Message);
    }

    [Fact]
    public async Task Azures_ids_of_the_request_are_in_the_message_and_properties_and_stay_when_a_plan_fails_for_it()
    {
        ImageServiceException error = await FailAsync("9d1f3c55-request", "77aa-correlation");

        Assert.Equal(("9d1f3c55-request", "77aa-correlation"), (error.RequestId, error.CorrelationId));
        Assert.EndsWith("(Request id: 9d1f3c55-request; correlation id: 77aa-correlation.) Create the resource group first, or check its name and the subscription (Get-AzImageContext).", error.Message, StringComparison.Ordinal);

        ImageServiceException told = new("Other", ErrorKind.NotFound, $"Told otherwise: {error.Message}", string.Empty, target: null, error);
        Assert.Equal(error.RequestId, told.RequestId);
        Assert.Single(Regex.Matches(told.Message, error.RequestId!));
    }

    [Fact]
    public async Task The_same_id_is_told_once()
        => Assert.Contains("(Request and correlation id: abc.)", (await FailAsync("abc", "abc")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("<script>")]
    [InlineData("two words")]
    [InlineData("")]
    public async Task What_can_be_no_id_is_told_nowhere(string id)
    {
        ImageServiceException error = await FailAsync(id, correlationId: null);

        Assert.Null(error.RequestId);
        Assert.DoesNotContain("equest id", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("invalid-template", "InvalidTemplate")]
    [InlineData("authorization_pending", "AuthorizationPending")]
    public void Other_spellings_become_PascalCase(string code, string id)
        => Assert.Equal(id, AzureErrors.Translate(new RequestFailedException(400, "x", code, innerException: null), "Doing it", target: null).ErrorId);

    [Fact]
    public void An_answer_without_a_code_is_named_after_its_status()
        => Assert.Equal("NotFound", AzureErrors.Translate(new RequestFailedException(404, "gone"), "Doing it", target: null).ErrorId);

    [Fact]
    public void No_answer_is_a_failed_connection()
    {
        ImageServiceException error = AzureErrors.Translate(new RequestFailedException("No such host is known."), "Doing it", target: null);

        Assert.Equal("ConnectionFailed", error.ErrorId);
        Assert.Equal(ErrorKind.Connection, error.Kind);
    }

    [Fact]
    public void A_missing_credential_says_how_to_get_one()
    {
        ImageServiceException error = AzureErrors.Translate(new CredentialUnavailableException("none found"), "Signing in", target: null);

        Assert.Equal("CredentialUnavailable", error.ErrorId);
        Assert.Equal(ErrorKind.Authentication, error.Kind);
        Assert.Contains("Connect-AzImageService", error.Remedy);
    }

    [Fact]
    public void A_missing_credential_does_not_list_all_that_were_tried()
    {
        CredentialUnavailableException unavailable = new("None was found. See https://aka.ms/guide\n- EnvironmentCredential authentication unavailable.\n- Please run 'az login'.");

        ImageServiceException error = AzureErrors.Translate(unavailable, "Signing in", target: null);

        Assert.StartsWith("Signing in failed: None was found. See https://aka.ms/guide. Sign in with", error.Message, StringComparison.Ordinal);
        Assert.Contains("az login", error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shared_access_signature_does_not_survive_in_message_or_cause()
    {
        RequestFailedException failure = new(403, $"Copy from {Sas} was refused.", "CannotVerifyCopySource", new HttpRequestException($"GET {Sas}"));

        ImageServiceException error = AzureErrors.Translate(failure, "Copying", "web01");

        Assert.DoesNotContain("sig=", error.ToString());
        Assert.DoesNotContain("pXKx7pQnJm6", error.ToString());
        Assert.Contains("https://md-x.blob.storage.azure.net/c/abcd", error.Message);
        Assert.DoesNotContain("pXKx7pQnJm6", error.InnerException!.ToString());
    }

    [Fact]
    public async Task A_cancellation_is_not_an_error_of_the_service()
        => await Assert.ThrowsAsync<OperationCanceledException>(
            () => AzureErrors.CallAsync("Doing it", target: null, () => throw new OperationCanceledException()));

    /// <summary>What comes of an answer of Resource Manager with these ids.</summary>
    private static async Task<ImageServiceException> FailAsync(string requestId, string? correlationId)
    {
        using HttpResponseMessage answer = new(System.Net.HttpStatusCode.NotFound) { Content = new StringContent("""{"error":{"code":"ResourceGroupNotFound","message":"It is not there."}}""", System.Text.Encoding.UTF8, "application/json") };
        answer.Headers.TryAddWithoutValidation("x-ms-request-id", requestId);
        answer.Headers.TryAddWithoutValidation("x-ms-correlation-request-id", correlationId);
        using HttpClient client = new(new ScriptedHandler((_, _) => answer));
        HttpPipeline pipeline = new(new HttpClientTransport(client));
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Uri.Reset(new Uri("https://management.azure.com/"));
        await pipeline.SendAsync(message, TestContext.Current.CancellationToken);
        return AzureErrors.Translate(new RequestFailedException(message.Response), "Doing it", target: null);
    }
}
