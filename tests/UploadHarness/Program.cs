using AzImageTools.Sandbox;
using AzImageTools.Services;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.UploadHarness;

// Arguments: the disk image, the file for notes. The address with its signature comes in the environment.
string source = args[0];
using FileStream notes = new(args[1], FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1);
string sas = Environment.GetEnvironmentVariable("UPLOAD_HARNESS_SAS") ?? throw new InvalidOperationException("UPLOAD_HARNESS_SAS is not set.");
using SandboxCloud sandbox = new();
using NotingHandler handler = new(sandbox.CreateHandler(), notes);
using ImageSession session = await ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = handler }, OperationContext.None);
try
{
    using VhdUploader uploader = new(VhdUploader.DefaultThrottleLimit, TimeProvider.System);
    UploadRequest request = new() { Path = source, Target = new SasTarget(sas) };
    VhdUpload upload = await PlanRunner.RunAsync(await uploader.PlanAsync(() => Task.FromResult<ImageSession?>(session), request, OperationContext.None), OperationContext.None);
    Console.WriteLine($"{upload.BytesResumed} {upload.BytesSent} {upload.Crc64}");
    return 0;
}
catch (ImageServiceException exception)
{
    await Console.Error.WriteLineAsync($"{exception.ErrorId}: {exception.Message}");
    return 1;
}
