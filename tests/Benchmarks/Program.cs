using System.Globalization;
using AzImageTools.Benchmarks;

switch (args)
{
    case ["all", .. string[] options]:
        return AllBenchmarks.Run(options);
    case ["before", string build, .. string[] options]:
        return BeforeBenchmark.Run(build, options);
    case ["convert", .. string[] options]:
        return ConvertBenchmark.Run(options);
    case ["download", .. string[] options]:
        return DownloadBenchmark.Run(options);
    case ["freespace", .. string[] options]:
        return FreeSpaceBenchmark.Run(options);
    case ["growth", .. string[] options]:
        return GrowthBenchmark.Run(options);
    case ["limits", .. string[] options]:
        return LimitsBenchmark.Run(options);
    case ["many", .. string[] options]:
        return ManyDisksBenchmark.Run(options);
    case ["read", .. string[] options]:
        return ReadBenchmark.Run(options);
    case ["remote", .. string[] options]:
        return RemoteBenchmark.Run(options);
    case ["repair", .. string[] options]:
        return RepairBenchmark.Run(options);
    case [RepairBenchmark.Mode, string source, string rules]:
        return RepairBenchmark.Repair(source, rules == "all");
    case ["report", .. string[] options]:
        return ReportBenchmark.Run(options);
    case ["search", .. string[] options]:
        return SearchBenchmark.Run(options);
    case ["start", .. string[] options]:
        return StartBenchmark.Run(options);
    case ["upload", .. string[] options]:
        return UploadBenchmark.Run(options);
    case [CompetingLoad.Mode]:
        return CompetingLoad.Run();
    case [PageSink.Mode, string delay, string identity]:
        return PageSink.Run(delay, identity);
    case [PageSource.Mode, string delay, string file]:
        return PageSource.Run(int.Parse(delay, CultureInfo.InvariantCulture), file);
    case [UploadProcess.DownloadMode, string destination]:
        return UploadProcess.Download(destination);
    case [LeastClient.Mode, string source, string port]:
        return LeastClient.Run(source, int.Parse(port, CultureInfo.InvariantCulture));
    case [UploadProcess.Mode, string source]:
        return UploadProcess.Upload(source);
    case [UploadProcess.ManyMode, string source]:
        return UploadProcess.UploadMany(source);
    case [UploadProcess.ChecksumMode, string source]:
        return UploadProcess.Checksum(source);
    case [EngineProcess.InspectMode, string source]:
        return EngineProcess.Inspect(source);
    case [EngineProcess.ReportMode, string source]:
        return EngineProcess.Report(source);
    case [EngineProcess.ConvertMode, string source, string destination, string flush]:
        return EngineProcess.Convert(source, destination, flush == EngineProcess.Flushed);
    case [EngineProcess.ScanMode, string source]:
        return EngineProcess.Scan(source);
    case [EngineProcess.ExtentsMode, string source]:
        return EngineProcess.FindExtents(source);
    case [ReaderProcess.Mode, string work, string path]:
        return ReaderProcess.Run(work, path);
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project tests/Benchmarks -- all [--quick]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- before EXECUTABLE [--size GIB] [--files N] [--runs N] [--from TEXT] [--folder PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- convert [--size GIB] [--runs N] [--from TEXT] [--load PROCESSES] [--folder PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- download [--size GIB] [--runs N] [--from TEXT] [--folder PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- freespace [--size GIB] [--folder PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- growth [--size GIB] [--files N] [--runs N] [--from TEXT] [--folder PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- limits [--size GIB] [--runs N] [--from TEXT] [--folder PATH] [--keep PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- many [--size GIB] [--count N] [--files N] [--runs N] [--folder PATH] [--keep PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- read [--files N] [--runs N] [--folder PATH] [--keep PATH] [--only ntfs|hive|ext]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- remote [--size GIB] [--files N] [--runs N] [--folder PATH] [--keep PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- repair [--size GIB] [--files N] [--runs N] [--folder PATH] [--keep PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- report [--size GIB] [--files N] [--runs N] [--folder PATH] [--keep PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- search [--whole]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- start [--runs N] [--folder PATH]");
        Console.Error.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- upload [--size GIB] [--runs N] [--from TEXT] [--folder PATH] [--keep PATH]");
        return 2;
}
